import type { SecretRule } from "./secret-rule.ts";

/** Shapes that no one vendor owns. */
export const genericRules: readonly SecretRule[] = [
  {
    type: "jwt",
    literals: ["eyj"],
    pattern: /eyJ[\w-]{10,1024}\.eyJ[\w-]{5,4096}\.[\w-]{16,1024}/y,
    confirmer: "jwt-header",
    examples: {
      secrets: ["<jwt 40>", "Authorization: Bearer <jwt 120>"],
      harmless: [
        "eyJ<base62 40>.eyJ<base62 40>.<base62 40>",
        "eyJ<base62 40>",
        "eyJhbGciOiJIUzI1NiJ9.e30.",
      ],
    },
  },
  {
    type: "private-key",
    literals: ["-----begin "],
    pattern: /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y,
    confirmer: "private-key-block",
    minEntropy: 0,
    insideWords: true,
    examples: {
      secrets: [
        "-----BEGIN PRIVATE KEY-----\n<base64 64>\n<base64 64>\n-----END PRIVATE KEY-----",
        '{"private_key": "-----BEGIN RSA PRIVATE KEY-----\\n<base64 64>\\n<base64 64>\\n-----END RSA PRIVATE KEY-----\\n"}',
        "-----BEGIN OPENSSH PRIVATE KEY-----\n<base64 70>\n<base64 70>\n<base64 70>",
      ],
      harmless: [
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\n<base64 64>\n-----END PUBLIC KEY-----",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n<x 120>\n-----END PRIVATE KEY-----",
      ],
    },
  },
  {
    type: "url-password",
    literals: ["://"],
    pattern: /:\/\/[^\s:@/?#"'`<>]{0,64}:([^\s@/"'`<>]{3,128})@[A-Za-z0-9[%-]/y,
    confirmer: "url-password",
    minEntropy: 0,
    insideWords: true,
    examples: {
      secrets: [
        "postgres://app:<base62 12>@db.internal:5432/app",
        "redis://:<base62 20>@cache:6379",
        "https://me:Tr0ub4dor@host.example.org/x",
      ],
      harmless: [
        "postgres://app:password@localhost/app",
        "https://user:$TOKEN@example.com/",
        "http://localhost:8080/@scope/name",
        "postgres://app@db/app",
        "mysql://root:<x 8>@db",
      ],
    },
  },
  {
    type: "credentials-header",
    literals: ["bearer ", "basic ", "authorization"],
    pattern:
      /(?:[Aa]uthorization|AUTHORIZATION)?\\?["'`]?\s{0,3}[:=]?\s{0,3}\\?["'`]?(?:[Bb]earer|BEARER|[Bb]asic|[Tt]oken|[Aa]pi-?(?:[Kk]ey|[Tt]oken))\s{1,3}([\w.~+/=-]{16,2048})/y,
    confirmer: "basic-credentials",
    generic: true,
    examples: {
      secrets: [
        "curl -H 'Authorization: Bearer <base62 40>' https://example.org",
        "Authorization: Basic <base64-credentials 24>",
        '"authorization": "token <hex 40>"',
      ],
      harmless: [
        "Authorization: Bearer YOUR_ACCESS_TOKEN_HERE",
        "a bearer of good news and information",
        "Authorization: Basic <base62 20>",
        "Authorization: Bearer $ACCESS_TOKEN_FROM_1",
      ],
    },
  },
  {
    type: "curl-password",
    literals: [" -u ", " --user "],
    pattern:
      / -(?:u|-user) {1,2}(?:"[^":\s]{0,64}:([^"\s]{3,128})"|'[^':\s]{0,64}:([^'\s]{3,128})'|[^"':\s]{1,64}:([^"'\s]{3,128}))/y,
    confirmer: "curl-user",
    minEntropy: 0,
    insideWords: true,
    generic: true,
    examples: {
      secrets: [
        "curl -u admin:<base62 12> https://example.org",
        "curl -sS --user 'ci:<base62 16>' example.org",
      ],
      harmless: [
        "curl -u admin:password https://example.org",
        "docker run -u 1000:1000 image",
        "curl -u $USER:$PASSWORD example.org",
      ],
    },
  },
  {
    type: "password",
    literals: ["password", "passwd", "passphrase", "passwort", "pwd", "passcode"],
    pattern:
      /[A-Za-z]{3,10}[\w-]{0,24}\\?["'`\]]{0,2}\s{0,4}(?::=|=>|={1,2}|:)\s{0,4}\\?["'`]?([^\s"'`\\,;<>(){}[\]|&=]{8,128}={0,2})/y,
    assigns: true,
    confirmer: "likely-credential",
    minEntropy: 2.3,
    insideWords: true,
    generic: true,
    examples: {
      secrets: ["password=<base62 12>", '"db_password": "k8!mQz2#vL"', "PGPASSWORD: <base62 16>"],
      harmless: [
        "password=changeme",
        "password: $DB_PASSWORD1",
        "password = getPassword(user)",
        "the password: must contain 8 characters",
        "password_reset_url: /account/reset2fa",
        "passwordField = form.fields.password1",
      ],
    },
  },
  {
    type: "api-key",
    literals: [
      "api_key",
      "apikey",
      "api-key",
      "access_key",
      "accesskey",
      "access-key",
      "secret",
      "token",
      "auth_key",
      "authkey",
      "private_key",
      "privatekey",
      "credential",
      "api key",
      "signing_key",
      "encryption_key",
      "encryption.key",
      "encryptionkey",
      "master_key",
      "masterkey",
      "app_key",
      "account_key",
      "storage_key",
      "hmac_key",
      "signingkey",
      "subscription-key",
      "license_key",
    ],
    pattern:
      /[A-Za-z]{3,10}[\w. -]{0,30}\\?["'`\]]{0,2}\s{0,4}(?::=|=>|={1,2}|:)\s{0,4}\\?["'`]?([\w.~+/!@#$%^*-]{16,200}={0,2})/y,
    assigns: true,
    confirmer: "likely-credential",
    minEntropy: 3.5,
    insideWords: true,
    generic: true,
    examples: {
      secrets: [
        "api_key=<base62 32>",
        '"client_secret": "<base64url 40>"',
        "MY_SERVICE_TOKEN: <hex 40>",
        "x-api-key: <base62 24>",
      ],
      harmless: [
        "api_key=YOUR_API_KEY_GOES_HERE",
        "token: prod-database-credentials-v2",
        "nextPageToken: <base64url 40>",
        '"credentialsId": "<base62 22>"',
        "tokenizer = AutoTokenizer.from_pretrained1",
        "secret: arn:aws:secretsmanager:us-east-1:<digits 12>:secret:name",
        "api_key = os.environ.get1.value.name2",
        "access_key: /run/secrets/access_key_file1",
      ],
    },
  },
];
