import type { SecretRule } from "./secret-rule.ts";

/** Files that hold private keys, other than PEM. */
export const keyFileRules: readonly SecretRule[] = [
  {
    type: "putty-key",
    literals: ["private-lines:"],
    pattern: /Private-Lines: \d{1,4}(?:\\r|\r)?(?:\\n|\n)([A-Za-z0-9+/=\\\r\n]{64,16384})/y,
    minEntropy: 4,
    insideWords: true,
    examples: {
      secrets: [
        "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPrivate-Lines: 2\n<base64 64>\n<base64 64>\nPrivate-MAC: <hex 40>",
        "Private-Lines: 1\n<base64 64>\n",
        '{"key": "Private-Lines: 2\\n<base64 64>\\n<base64 64>\\nPrivate-MAC: <hex 40>"}',
      ],
      harmless: [
        "Private-Lines: 14",
        "Public-Lines: 2\n<base64 64>\n<base64 64>\n",
        "Private-Lines: 2\n<x 64>\n<x 64>\n",
        "Private-Lines: 2\n<base64 20>",
        "private-lines: telephone lines of the office are private",
      ],
    },
  },
  {
    // The object identifier of PKCS #12's bags (RFC 7292, appendix D), in base64 at each of the three places where it can begin.
    type: "key-store",
    literals: ["kozihvcnaqwkaq", "qgsib3dqemcge", "hkig9w0bdaob"],
    pattern: /(?:KoZIhvcNAQwKAQ|qGSIb3DQEMCgE|hkiG9w0BDAoB)/y,
    confirmer: "base64-run",
    minEntropy: 0,
    insideWords: true,
    generic: true,
    examples: {
      secrets: [
        "MII<base64 90>KoZIhvcNAQwKAQI<base64 400>=",
        "keystore: MII<base64 61>qGSIb3DQEMCgECo<base64 300>",
        '{"p12": "MII<base64 200>hkiG9w0BDAoBAg<base64 600>"}',
      ],
      harmless: [
        "KoZIhvcNAQwKAQI",
        "the identifier is 1.2.840.113549.1.12.10.1",
        "kozihvcnaqwkaq",
        "KoZIhvcNAQwKAQI<base64 20>",
        "MII<base64 400>",
      ],
    },
  },
];
