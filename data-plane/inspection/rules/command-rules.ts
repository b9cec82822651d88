import type { SecretRule } from "./secret-rule.ts";

/** Passwords in calls, statements, command lines and sentences: where the place says what they are, and no sign of assignment does. */
export const commandRules: readonly SecretRule[] = [
  {
    type: "call-password",
    literals: [
      "networkcredential(",
      "passwordauthentication(",
      "passwordcredential(",
      "passwordcredentials(",
      "basicauth(",
      "basic_auth(",
      "directoryentry(",
      "getconnection(",
      "securestring ",
    ],
    pattern:
      /[A-Za-z_]{9,20}(?:\(\s{0,8}(?:["'][^"'\n]{0,200}["']\s{0,4},\s{0,32}){1,2}| (?:-String )?)["']([^\s"']{6,128})["']/y,
    confirmer: "chosen-password",
    minEntropy: 2.3,
    insideWords: true,
    generic: true,
    examples: {
      secrets: [
        'new NetworkCredential("ann", "<base62 14>")',
        'ConvertTo-SecureString "Blue-River-44" -AsPlainText -Force',
        'DriverManager.getConnection("jdbc:oracle:thin:@db:1521:xe", "ann", "lily<digits 4>x")',
        "HTTPBasicAuth('ci', 'k8!mQz2#vL')",
      ],
      harmless: [
        "new NetworkCredential(user, password)",
        'HTTPBasicAuth("user", "password")',
        'getConnection("jdbc:sqlite:a.db")',
        "ConvertTo-SecureString $plain -AsPlainText",
        'new DirectoryEntry("LDAP://corp", "ann", "{password}")',
      ],
    },
  },
  {
    type: "sql-password",
    literals: [
      "identified by ",
      "_password by ",
      "with password ",
      "login password ",
      "user password ",
    ],
    pattern:
      /(?:[Ii](?:dentified|DENTIFIED) [Bb][Yy]|_(?:password|PASSWORD) [Bb][Yy]|[A-Za-z]{4,5} (?:password|PASSWORD))(?: PASSWORD| =)? {1,4}["']([^\s"']{6,128})["']/y,
    confirmer: "chosen-password",
    minEntropy: 2.3,
    insideWords: true,
    generic: true,
    examples: {
      secrets: [
        "CREATE USER 'ann'@'%' IDENTIFIED BY 'k8!mQz2#vL';",
        "create role app with password '<base62 16>'",
        "ALTER USER ann IDENTIFIED WITH caching_sha2_password BY 'gr33n-door'",
      ],
      harmless: [
        "CREATE USER ann IDENTIFIED BY 'password'",
        "create role app with password '$APP_PASSWORD'",
        "the rows are identified by 'id'",
        "log in with password 'your_password'",
        "IDENTIFIED BY '<password>'",
      ],
    },
  },
  {
    type: "option-password",
    literals: ["password ", "passwd ", "-pass ", "-token ", "-api-key ", "-apikey ", "-secret "],
    pattern:
      /(?:[Pp]assword|PASSWORD|[Pp]asswd|-(?:[Pp]ass|[Tt]oken|api-?key|[Ss]ecret)) {1,4}["']?([^\s"'`<>$-][^\s"'`<>]{5,200})/y,
    confirmer: "option-value",
    minEntropy: 2.3,
    insideWords: true,
    generic: true,
    examples: {
      secrets: [
        "mongo --username root --password gr33ndoor",
        "curl --tlspassword k8!mQz2#vL https://localhost",
        "Connect-VIServer -User ann@corp.example -Password Blue1river!",
        "deploy --api-key <hex 40> --yes",
      ],
      harmless: [
        "--password changeme",
        "the password must2 be long",
        "--password-file /run/secrets/db1",
        "vault login --token $VAULT_TOKEN",
        "--token my-token-2",
      ],
    },
  },
  {
    type: "login-password",
    literals: ["docker login ", "podman login ", "az login ", "redis-cli ", "psexec"],
    pattern:
      /(?:docker login|podman login|az login|redis-cli|[Pp][Ss][Ee][Xx][Ee][Cc](?:\.exe|\.EXE)?) [^\n|;&]{0,80}?-(?:p|a) {1,2}["']?([^\s"'`<>$%-][^\s"'`<>]{5,128})/y,
    confirmer: "chosen-password",
    minEntropy: 2.3,
    insideWords: true,
    generic: true,
    examples: {
      secrets: [
        "docker login -u ann -p k8!mQz2#vL registry.example.org",
        "redis-cli -h cache -a f1ref1y-lamp ping",
        "az login --service-principal -u app -p <base62 32> --tenant corp",
      ],
      harmless: [
        "docker login -u ann --password-stdin",
        "redis-cli -h cache -p 6379 ping",
        "docker login -p $TOKEN registry.example.org",
        "az login --tenant corp",
        "psexec -u ann -p %password% cmd",
      ],
    },
  },
  {
    type: "spoken-password",
    literals: ["password is ", "passwort ist ", "password is: ", "password to "],
    pattern: /[Pp]ass(?:word|wort) (?:is|ist|to):? \\?["'`]?([^\s"'`<>\\]{6,64})/y,
    confirmer: "spoken-password",
    minEntropy: 2.5,
    insideWords: true,
    generic: true,
    examples: {
      secrets: [
        "The login is ann and the password is Tr4vel-Bug! until Monday",
        "The default password is 'Maple77tree'",
        "change the password to k8!mQz2#vL, please",
      ],
      harmless: [
        "the password is case-sensitive",
        "the password is required.",
        "The password is PBKDF2-hashed.",
        "reset your password to continue",
        "The password is Password1",
        "the password is ann.k.123.\\n\\nBest wishes",
      ],
    },
  },
  {
    type: "proxy-password",
    literals: ["--proxy-user ", "--proxy-user="],
    pattern: /--proxy-user[ =]["']?[^"':\s]{1,64}:([^"'\s]{4,128})/y,
    confirmer: "chosen-password",
    minEntropy: 2,
    insideWords: true,
    generic: true,
    examples: {
      secrets: [
        "curl --proxy-user ann:k8!mQz2#vL https://example.org",
        "curl --proxy-user 'ci:<base62 16>' example.org",
        "wget --proxy-user=ci:gr33ndoor example.org",
      ],
      harmless: [
        "curl --proxy-user user:password https://example.org",
        "curl --proxy-user $USER:$PASS example.org",
        "--proxy-user ann",
        "curl --proxy-user ann: example.org",
        "--proxy-user <user:password>",
      ],
    },
  },
];
