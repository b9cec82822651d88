import type { SecretRule } from "./secret-rule.ts";

/** Payment, messaging and office services. */
export const serviceRules: readonly SecretRule[] = [
  {
    type: "slack-token",
    literals: [
      "xoxb-",
      "xoxp-",
      "xoxa-",
      "xoxr-",
      "xoxs-",
      "xoxo-",
      "xoxe-",
      "xoxe.",
      "xoxd-",
      "xoxc-",
      "xapp-",
    ],
    pattern:
      /(?:xox[a-z][.-](?:xox[bp]-)?\d{1,13}-[\w-]{14,250}|xoxd-[\w%-]{40,250}|xapp-\d-[\w-]{20,250})/y,
    examples: {
      secrets: [
        "xoxb-<digits 12>-<digits 12>-<base62 24>",
        "SLACK_APP_TOKEN=xapp-1-A<digits 9>-<digits 12>-<hex 64>",
      ],
      harmless: ["xoxb-token", "xoxb-<x 30>", "xoxp-your-token-here"],
    },
  },
  {
    type: "slack-webhook",
    literals: ["hooks.slack.com/"],
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/([A-Za-z0-9+/]{40,80})/y,
    insideWords: true,
    examples: {
      secrets: [
        "https://hooks.slack.com/services/T<base36 8>/B<base36 8>/<base62 24>",
        "hooks.slack.com/workflows/T<base36 9>/A<base36 9>/<digits 18>/<base62 24>",
      ],
      harmless: [
        "https://hooks.slack.com/services/",
        "hooks.slack.com/services/T000/B000/XXXX",
        "https://hooks.slack.com/services/<x 40>",
      ],
    },
  },
  {
    type: "stripe-key",
    literals: ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "sk_prod_", "rk_prod_"],
    pattern: /[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,250}/y,
    examples: {
      secrets: ["sk_live_<base62 24>", "STRIPE=rk_test_<base62 99>"],
      harmless: ["sk_live_<base62 6>", "pk_live_<base62 24>", "sk_test_<x 24>"],
    },
  },
  {
    type: "stripe-webhook-secret",
    literals: ["whsec_"],
    pattern: /whsec_[A-Za-z0-9+/]{24,100}={0,2}/y,
    examples: {
      secrets: ["whsec_<base62 32>", "STRIPE_WEBHOOK_SECRET=whsec_<base64 40>"],
      harmless: ["whsec_<base62 10>", "whsec_<x 32>", "whsec_"],
    },
  },
  {
    type: "square-token",
    literals: ["sq0atp-", "sq0csp-", "eaaa"],
    pattern: /(?:sq0(?:atp|csp)-[\w-]{22,43}|EAAA[\w+-]{60})/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["sq0atp-<base64url 22>", "sq0csp-<base64url 43>"],
      harmless: ["sq0atp-<base62 8>", "EAAA<base62 10>", "sq0atp-<x 22>"],
    },
  },
  {
    type: "facebook-token",
    literals: ["eaam", "eaac"],
    pattern: /EAA[MC][A-Za-z0-9]{100,400}/y,
    minEntropy: 4,
    examples: {
      secrets: ["EAAC<base62 180>", "access_token=EAAM<base62 120>"],
      harmless: ["EAAC<base62 30>", "EAAM<x 120>", "EAAC"],
    },
  },
  {
    type: "shopify-token",
    literals: ["shpat_", "shpca_", "shppa_", "shpss_"],
    pattern: /shp(?:at|ca|pa|ss)_[A-Za-z0-9]{32,64}/y,
    insideWords: true,
    examples: {
      secrets: ["shpat_<hex 32>", "X-Shopify-Access-Token: shpss_<hex 32>"],
      harmless: ["shpat_<hex 10>", "shpat_<x 32>", "shpca_"],
    },
  },
  {
    type: "twilio-key",
    literals: ["twilio"],
    pattern:
      /[Tt](?:wilio|WILIO)[\w .-]{0,40}\\?["'`]?\s{0,4}[=:]{1,2}\s{0,4}\\?["'`]?((?:SK)?[0-9a-f]{32})/y,
    insideWords: true,
    examples: {
      secrets: ["TWILIO_AUTH_TOKEN=<hex 32>", 'twilio_api_key: "SK<hex 32>"'],
      harmless: ["TWILIO_AUTH_TOKEN=<hex 12>", "twilio account", "TWILIO_SID=AC<hex 32>"],
    },
  },
  {
    type: "sendgrid-key",
    literals: ["sg."],
    pattern: /SG\.[\w-]{16,32}\.[\w-]{16,64}/y,
    minEntropy: 4,
    examples: {
      secrets: ["SG.<base64url 22>.<base64url 43>", "SENDGRID_API_KEY=SG.<base62 22>.<base62 43>"],
      harmless: ["SG.<base62 5>.<base62 5>", "SG.<x 22>.<x 43>", "msg.text"],
    },
  },
  {
    type: "mailgun-key",
    literals: ["key-", "-us"],
    charactersBefore: [0, 32],
    pattern: /(?:key-[0-9a-f]{32}|[0-9a-f]{32}-us\d{1,2})/y,
    examples: {
      secrets: ["api:key-<hex 32>", "MAILCHIMP=<hex 32>-us12"],
      harmless: ["key-<hex 10>", "monkey-<hex 32>", "en-us", "<x 32>-us12"],
    },
  },
  {
    type: "telegram-bot-token",
    literals: [":aa"],
    charactersBefore: [8, 9, 10, 11, 12, 13],
    pattern: /(?:bot)?(\d{8,10}:AA[\w-]{32,33})/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["<digits 10>:AA<base64url 33>", "bot<digits 9>:AA<base62 33>/sendMessage"],
      harmless: ["12:AA:BB:CC:DD:EE", "<digits 10>:AA<base62 10>", "<digits 10>:AA<x 33>"],
    },
  },
  {
    type: "discord-webhook",
    literals: ["/api/webhooks/"],
    pattern: /\/api\/webhooks\/\d{17,20}\/([\w-]{60,80})/y,
    insideWords: true,
    examples: {
      secrets: [
        "https://discord.com/api/webhooks/<digits 18>/<base64url 68>",
        "POST /api/webhooks/<digits 19>/<base62 68>",
      ],
      harmless: [
        "https://discord.com/api/webhooks/<digits 18>",
        "/api/webhooks/github",
        "/api/webhooks/<digits 18>/<x 68>",
      ],
    },
  },
  {
    type: "atlassian-token",
    literals: ["atatt3", "atctt3"],
    pattern: /AT[AC]TT3[\w=-]{100,300}/y,
    insideWords: true,
    examples: {
      secrets: ["ATATT3<base64url 186>", "JIRA_TOKEN=ATCTT3<base64url 186>"],
      harmless: ["ATATT3<base62 30>", "ATATT3", "ATATT3<x 186>"],
    },
  },
  {
    type: "linear-key",
    literals: ["lin_api_", "lin_oauth_"],
    pattern: /lin_(?:api|oauth)_[A-Za-z0-9]{40,64}/y,
    insideWords: true,
    examples: {
      secrets: ["lin_api_<base62 40>", "Authorization: lin_oauth_<base62 64>"],
      harmless: ["lin_api_<base62 10>", "lin_api_<x 40>", "lin_api_"],
    },
  },
  {
    type: "notion-token",
    literals: ["ntn_", "secret_"],
    pattern: /(?:ntn_\d{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43})/y,
    minEntropy: 4,
    examples: {
      secrets: ["ntn_<digits 11><base62 35>", "NOTION_KEY=secret_<base62 43>"],
      harmless: ["ntn_<digits 11>", "secret_<base62 10>", "secret_<x 43>"],
    },
  },
  {
    type: "figma-token",
    literals: ["figd_"],
    pattern: /figd_[\w-]{40,64}/y,
    insideWords: true,
    examples: {
      secrets: ["figd_<base64url 40>", "X-Figma-Token: figd_<base62 40>"],
      harmless: ["figd_<base62 10>", "figd_<x 40>", "figd_"],
    },
  },
];
