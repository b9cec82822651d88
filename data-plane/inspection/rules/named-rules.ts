import type { SecretRule } from "./secret-rule.ts";

/** Values without a shape of their own, beside a name that says whose they are; and shapes of few services. */
export const namedRules: readonly SecretRule[] = [
  {
    type: "1password-secret-key",
    literals: ["a3-"],
    pattern: /A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}/y,
    examples: {
      secrets: [
        "A3-<upper 6>-<upper 11>-<upper 5>-<upper 5>-<upper 5>",
        "OP_SECRET_KEY=A3-<upper 6>-<upper 6>-<upper 5>-<upper 5>-<upper 5>-<upper 5>",
        "key A3-<upper 6>-<upper 11>-<upper 5>-<upper 5>-<upper 5>.",
      ],
      harmless: ["A3-paper", "A3-123456", "a3-series-2024", "A3-<upper 6>-<upper 4>", "A3-<x 6>"],
    },
  },
  {
    type: "service-uuid-key",
    literals: [
      "snyk",
      "heroku",
      "hubspot",
      "postmark",
      "octopus",
      "confluent",
      "linode",
      "sendinblue",
    ],
    pattern:
      /(?:[Ss]nyk|SNYK|[Hh]eroku|HEROKU|[Hh]ub[Ss]pot|HUBSPOT|[Pp]ostmark|POSTMARK|[Oo]ctopus|OCTOPUS|[Cc]onfluent|CONFLUENT|[Ll]inode|LINODE|[Ss]endinblue|SENDINBLUE)[\w.-]{0,20}(?:[Kk]ey|KEY|[Tt]oken|TOKEN|[Ss]ecret|SECRET)["'\]]{0,2}\s{0,4}[:?=]{1,4}>?\s{0,4}["'`]?([0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12})/y,
    minEntropy: 0,
    insideWords: true,
    examples: {
      secrets: [
        "SNYK_TOKEN=<hex 8>-<hex 4>-<hex 4>-<hex 4>-<hex 12>",
        'const herokuApiKey = "<hex 8>-<hex 4>-<hex 4>-<hex 4>-<hex 12>"',
        "X-Octopus-ApiKey: <hex 8>-<hex 4>-<hex 4>-<hex 4>-<hex 12>",
      ],
      harmless: [
        "heroku app <hex 8>-<hex 4>-<hex 4>-<hex 4>-<hex 12>",
        "SNYK_TOKEN=$TOKEN",
        "hubspot_key_id",
        "linode_token = os.environ",
        "snyk test",
      ],
    },
  },
  {
    type: "xml-password",
    literals: ['password" value=', "password' value=", 'password"  value='],
    pattern: /[Pp]assword["'] {1,4}value=["']([^"'<>\s]{6,128})["']/y,
    confirmer: "chosen-password",
    minEntropy: 2.3,
    insideWords: true,
    examples: {
      secrets: [
        '<add key="ClearTextPassword" value="<base62 14>" />',
        '<add key="Password" value="<base62 12>!" />',
        "<property name='dbPassword' value='<base62 16>'/>",
      ],
      harmless: [
        '<add key="Password" value="%PASSWORD%" />',
        '<add key="Password" value="" />',
        '<add key="Password" value="$(Password)" />',
        '<add key="PasswordLength" value="12345678" />',
        '<input name="password" value="password" />',
      ],
    },
  },
  {
    type: "facebook-app-token",
    literals: ["|"],
    charactersBefore: [15, 16],
    pattern: /\d{15,16}\|[\w-]{27}/y,
    minEntropy: 3.5,
    examples: {
      secrets: [
        "facebook <digits 15>|<base62 27>",
        '"access_token":"<digits 16>|<base62 27>"',
        "FB=<digits 16>|<base64url 27>",
      ],
      harmless: [
        "a|b",
        "| <digits 15> | <base62 27> |",
        "<digits 12>|<base62 27>",
        "<digits 15>|<base62 12>",
        "1|2|3",
      ],
    },
  },
  {
    type: "intra42-secret",
    literals: ["s-s4t2ud-", "s-s4t2af-"],
    pattern: /s-s4t2(?:ud|af)-[0-9a-f]{64}/y,
    examples: {
      secrets: ["s-s4t2ud-<hex 64>", "SECRET=s-s4t2af-<hex 64>", '"s-s4t2ud-<hex 64>"'],
      harmless: ["s-s4t2ud-", "s-s4t2ud-<hex 20>", "u-s4t2ud-<hex 64>", "s-s4t2ud-<x 64>", "s4t2"],
    },
  },
  {
    type: "sidekiq-credentials",
    literals: ["contribsys__com"],
    pattern:
      /(?:CONTRIBSYS|contribsys)__(?:COM|com)\s{0,3}[:=]{1,2}\s{0,3}["']?([0-9a-f]{8}:[0-9a-f]{8})/y,
    minEntropy: 0,
    insideWords: true,
    examples: {
      secrets: [
        "BUNDLE_GEMS__CONTRIBSYS__COM=<hex 8>:<hex 8>",
        'BUNDLE_ENTERPRISE__CONTRIBSYS__COM = "<hex 8>:<hex 8>"',
        "export BUNDLE_GEMS__CONTRIBSYS__COM: <hex 8>:<hex 8>",
      ],
      harmless: [
        "BUNDLE_GEMS__CONTRIBSYS__COM=$A",
        "https://gems.contribsys.com/",
        "CONTRIBSYS__COM=user:pass",
        "contribsys",
        "CONTRIBSYS__COM=",
      ],
    },
  },
];
