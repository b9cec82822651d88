import type { SecretRule } from "./secret-rule.ts";

/** What runs and watches systems, and this gateway itself. */
export const infrastructureRules: readonly SecretRule[] = [
  {
    type: "mcp-gateway-token",
    literals: ["mcpgw_agent_", "mcpgw_operator_", "mcpgw_join_"],
    pattern: /mcpgw_(?:agent|operator|join)_[\w-]{43}(?:[\w-]{6})?/y,
    insideWords: true,
    examples: {
      secrets: [
        "mcpgw_agent_<base64url 43>",
        "authorization: Bearer mcpgw_operator_<base64url 43>",
      ],
      harmless: ["mcpgw_agent_<base62 4>", "mcpgw_join_<x 43>", "mcpgw_agent_"],
    },
  },
  {
    type: "vault-token",
    literals: ["hvs.", "hvb.", "hvr."],
    pattern: /hv[sbr]\.[\w-]{24,300}/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["hvs.<base64url 95>", "VAULT_TOKEN=hvb.<base64url 160>"],
      harmless: ["hvs.<base62 10>", "hvs.example.com", "hvs.<x 95>"],
    },
  },
  {
    type: "terraform-token",
    literals: [".atlasv1."],
    charactersBefore: [14],
    pattern: /[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}/y,
    examples: {
      secrets: ["<base62 14>.atlasv1.<base64url 67>", 'token = "<base62 14>.atlasv1.<base62 60>"'],
      harmless: [
        "<base62 14>.atlasv1.<base62 20>",
        "x.atlasv1.y",
        "<base62 8>.atlasv1.<base62 60>",
      ],
    },
  },
  {
    type: "databricks-token",
    literals: ["dapi"],
    pattern: /dapi[0-9a-fA-F]{32}(?:-\d)?/y,
    examples: {
      secrets: ["dapi<hex 32>", "DATABRICKS_TOKEN=dapi<hex 32>-2"],
      harmless: ["dapi<hex 10>", "dapi<x 32>", "dapi<hex 40>"],
    },
  },
  {
    type: "grafana-token",
    literals: ["glsa_", "glc_"],
    pattern: /(?:glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/]{32,400}={0,3})/y,
    examples: {
      secrets: ["glsa_<base62 32>_<hex 8>", "GRAFANA_TOKEN=glc_<base64 100>"],
      harmless: ["glsa_<base62 32>", "glc_<base62 10>", "glsa_<x 32>_<x 8>"],
    },
  },
  {
    type: "newrelic-key",
    literals: ["nrak-", "nrii-", "nriq-", "nrjs-", "nraa-", "nrra-", "nral"],
    pattern:
      /(?:NRAK-[A-Z0-9]{27}|NRI[IQ]-[\w-]{32}|NRJS-[0-9a-f]{19}|NRAA-[0-9a-f]{27}|NRRA-[0-9a-f]{42}|[0-9a-z]{6}[0-9a-f]{30}NRAL)/y,
    charactersBefore: [0, 36],
    examples: {
      secrets: ["NRAK-<upper 27>", "NEW_RELIC_LICENSE_KEY=<hex 36>NRAL"],
      harmless: ["NRAK-<upper 10>", "NRAK-<x 27>", "NRAL"],
    },
  },
  {
    type: "sentry-token",
    literals: ["sntrys_", "sntryu_"],
    pattern: /(?:sntrys_eyJ[\w+/=]{40,400}_[\w+/=]{40,50}|sntryu_[0-9a-f]{64})/y,
    insideWords: true,
    examples: {
      secrets: ["sntryu_<hex 64>", "sntrys_eyJ<base62 120>_<base62 43>"],
      harmless: ["sntryu_<hex 20>", "sntrys_", "sntryu_<x 64>"],
    },
  },
  {
    type: "dynatrace-token",
    literals: ["dt0c01.", "dt0s01.", "dt0s16."],
    pattern: /dt0[cs]\d\d\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}/y,
    insideWords: true,
    examples: {
      secrets: ["dt0c01.<upper 24>.<upper 64>", "Api-Token dt0s16.<upper 8>.<upper 64>"],
      harmless: ["dt0c01.<upper 24>", "dt0c01.<x 24>.<x 64>", "dt0c01."],
    },
  },
  {
    type: "doppler-token",
    literals: ["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."],
    pattern: /dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}/y,
    examples: {
      secrets: ["dp.pt.<base62 43>", "DOPPLER_TOKEN=dp.st.dev.<base62 43>"],
      harmless: ["dp.pt.<base62 10>", "dp.pt.<x 43>", "dp.st.dev"],
    },
  },
  {
    type: "pulumi-token",
    literals: ["pul-"],
    pattern: /pul-[0-9a-f]{40}/y,
    examples: {
      secrets: ["pul-<hex 40>", "PULUMI_ACCESS_TOKEN=pul-<hex 40>"],
      harmless: ["pul-<hex 10>", "pul-<x 40>", "gopul-<hex 40>"],
    },
  },
  {
    type: "planetscale-token",
    literals: ["pscale_"],
    pattern: /pscale_(?:tkn|oauth|pw)_[\w.-]{32,64}/y,
    insideWords: true,
    examples: {
      secrets: ["pscale_tkn_<base64url 43>", "DATABASE_PASSWORD=pscale_pw_<base64url 43>"],
      harmless: ["pscale_tkn_<base62 10>", "pscale_pw_<x 43>", "pscale_"],
    },
  },
  {
    type: "tailscale-key",
    literals: ["tskey-"],
    pattern: /tskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9]{8,32}-[A-Za-z0-9]{16,64}/y,
    insideWords: true,
    examples: {
      secrets: [
        "tskey-auth-<base62 12>CNTRL-<base62 32>",
        "tailscale up --authkey tskey-client-<base62 12>CNTRL-<base62 32>",
      ],
      harmless: ["tskey-auth-<base62 12>", "tskey-auth-<x 12>-<x 32>", "tskey-"],
    },
  },
  {
    type: "onepassword-token",
    literals: ["ops_eyj"],
    pattern: /ops_eyJ[\w+/-]{200,4096}={0,3}/y,
    insideWords: true,
    examples: {
      secrets: ["ops_eyJ<base64url 250>", "OP_SERVICE_ACCOUNT_TOKEN=ops_eyJ<base64url 900>="],
      harmless: ["ops_eyJ<base62 20>", "ops_eyJ", "ops_eyJ<x 250>"],
    },
  },
  {
    type: "age-key",
    literals: ["age-secret-key-1"],
    pattern: /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/y,
    insideWords: true,
    examples: {
      secrets: ["AGE-SECRET-KEY-1<bech32 58>", "# key\nAGE-SECRET-KEY-1<bech32 58>\n"],
      harmless: ["AGE-SECRET-KEY-1<bech32 20>", "AGE-SECRET-KEY-1", "age-secret-key-1<base36 58>"],
    },
  },
  {
    type: "cloudflare-origin-key",
    literals: ["v1.0-"],
    pattern: /v1\.0-(?:[0-9a-f]{24}-[0-9a-f]{146}|[0-9a-f]{64}-[0-9a-f-]{60,400})/y,
    insideWords: true,
    examples: {
      secrets: ["v1.0-<hex 24>-<hex 146>", "X-Auth-User-Service-Key: v1.0-<hex 24>-<hex 146>"],
      harmless: ["v1.0-<hex 24>", "v1.0-beta", "v1.0-<x 24>-<x 146>"],
    },
  },
  {
    type: "octopus-key",
    literals: ["api-"],
    pattern: /API-[A-Z0-9]{26,32}/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["API-<upper 26>", "--apiKey API-<upper 30>"],
      harmless: ["API-<upper 10>", "API-REFERENCE", "API-<x 26>"],
    },
  },
];
