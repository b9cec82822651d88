import type { SecretRule } from "./secret-rule.ts";

/** Services whose keys are told by what they begin with, and by how long they are. */
export const prefixedRules: readonly SecretRule[] = [
  {
    type: "ai-service-key",
    literals: [
      ...["pcsk_", "nvapi-", "csk-", "e2b_", "sk_", "tvly-", "fc-", "aq.ab8", "fw_", "r8_"],
      "jina_",
    ],
    pattern:
      /(?:pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,72}|nvapi-[\w-]{60,72}|csk-[a-z0-9]{44,52}\b|e2b_[0-9a-f]{40}\b|sk_[0-9a-f]{48}\b|tvly-(?:dev-|prod-)?[A-Za-z0-9]{30,36}\b|fc-[0-9a-f]{32}\b|AQ\.Ab8[\w-]{40,60}|fw_[A-Za-z0-9]{22,24}\b|r8_[A-Za-z0-9]{37,40}\b|jina_[0-9a-f]{32}[\w-]{20,40})/y,
    examples: {
      secrets: [
        "pcsk_<base62 5>_<base62 63>",
        "NVIDIA_API_KEY=nvapi-<base64url 64>",
        "key: sk_<hex 48>",
        "AQ.Ab8<base64url 47>",
      ],
      harmless: [
        "pcsk_abcde_key",
        "nvapi-client",
        "sk_<x 48>",
        "csk-<base36 10>",
        "fc-<hex 8>",
        "tvly-dev",
      ],
    },
  },
  {
    type: "developer-service-key",
    literals: [
      ...["napi_", "cfpat-", "ccipat_", "ccipra_", "nfp_", "bkua_", "phx_", "sdk-", "rnd_"],
      ...["vercel_blob_rw_", "cio", "st.", "4b1d"],
    ],
    pattern:
      /(?:napi_[a-z0-9]{60,68}\b|CFPAT-[\w-]{43}|CCIP(?:AT|RA)_[A-Za-z0-9]{20,24}_[0-9a-f]{40}|nfp_[A-Za-z0-9]{36,40}\b|bkua_[0-9a-f]{40}\b|phx_[A-Za-z0-9]{40,48}\b|sdk-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|rnd_[A-Za-z0-9]{26,32}\b|vercel_blob_rw_[A-Za-z0-9]{14,18}_[A-Za-z0-9]{28,36}|cio[A-Za-z0-9]{32}\b|st\.[0-9a-f]{24}\.[0-9a-f]{32}\.[0-9a-f]{32}\b|4b1d[A-Za-z0-9]{38}\b)/y,
    minEntropy: 3,
    examples: {
      secrets: [
        "napi_<base36 64>",
        "CFPAT-<base64url 43>",
        "export CIRCLE_TOKEN=CCIPAT_<base62 22>_<hex 40>",
        "phx_<base62 43>",
      ],
      harmless: [
        "sdk-release-2",
        "phx_server",
        "nfp_<x 36>",
        "cionabular",
        "st.gallen.ch",
        "phc_<base62 43>",
      ],
    },
  },
  {
    type: "business-service-key",
    literals: ["pat", "xkeysib-", "xsmtpsib-", "access-production-", "aqe", "tfp_", "2/", "re_"],
    pattern:
      /(?:pat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b|pat-(?:eu1|na1|na2|ap1)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}\b|access-production-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|AQE[A-Za-z0-9]{20,80}-[A-Za-z0-9+/]{40,50}=-[A-Za-z0-9]{12,40}|tfp_[A-Za-z0-9]{40,48}_[A-Za-z0-9]{12,18}\b|2\/\d{15,17}\/\d{15,17}:[0-9a-f]{32}\b|re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b)/y,
    examples: {
      secrets: [
        "pat<base62 14>.<hex 64>",
        "xkeysib-<hex 64>-<base62 16>",
        "2/<digits 16>/<digits 16>:<hex 32>",
        "tfp_<base62 44>_<base62 14>",
      ],
      harmless: [
        "patterns.md",
        "pat-eu1-meeting",
        "access-production-database",
        "2/3 of <digits 16>",
        "re_export_all_the_modules_now",
        "xkeysib-<x 64>",
      ],
    },
  },
  {
    // The id of an organisation, which begins with 00D, and behind it what opens it.
    type: "salesforce-token",
    literals: ["00d"],
    pattern: /00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?![\w.]{80,140}/y,
    minEntropy: 4,
    examples: {
      secrets: [
        "00D<base62 12>!<base62 96>",
        '"access_token": "00D<base62 15>!<base62 60>.<base62 35>"',
        "sf org display: 00D<base62 12>!AQ<base62 94>",
      ],
      harmless: [
        "00D<base62 12>",
        "00D<base62 15> is the organisation",
        "00D<base62 12>!<base62 20>",
        "00D<x 12>!<x 96>",
        "0x00D<base62 12>!<base62 96>",
      ],
    },
  },
  {
    type: "okta-token",
    literals: ["ssws 00"],
    pattern: /[Ss][Ss][Ww][Ss] (00[\w-]{40})/y,
    examples: {
      secrets: [
        "Authorization: SSWS 00<base64url 40>",
        'curl -H "authorization: SSWS 00<base62 40>"',
        "SSWS 00<base62 40>",
      ],
      harmless: ["SSWS 00", "SSWS <x 42>", "ssws 007", "Authorization: SSWS {token}", "00<hex 40>"],
    },
  },
];
