import type { SecretRule } from "./secret-rule.ts";

/** The large clouds. */
export const cloudRules: readonly SecretRule[] = [
  {
    type: "aws-access-key-id",
    literals: ["akia", "asia", "abia", "acca"],
    pattern: /A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}/y,
    confirmer: "aws-key-id",
    examples: {
      secrets: ["AKIA<base32 16>", "aws_access_key_id = ASIA<base32 16>"],
      harmless: [
        "AKIA<base32 8>",
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAN MARKETS REPORT 2025",
        "asia<base36 16>",
      ],
    },
  },
  {
    type: "aws-secret-access-key",
    literals: [
      "secret_access_key",
      "secretaccesskey",
      "secret-access-key",
      "aws_secret",
      "secret_key",
      "secretkey",
      "sessiontoken",
      "session_token",
    ],
    pattern:
      /[A-Za-z_-]{9,24}\\?["'`\]]{0,2}\s{0,4}(?::=|=>|[=:])\s{0,4}\\?["'`]?([A-Za-z0-9/+]{40})/y,
    assigns: 32,
    minEntropy: 4,
    insideWords: true,
    examples: {
      secrets: ["aws_secret_access_key = <base64 40>", '"SecretAccessKey": "<base64 40>"'],
      harmless: [
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "secretAccessKey: <hex 20>",
        "aws_secret_access_key = {{ secrets.AWS }}",
        "<base64 40>",
      ],
    },
  },
  {
    type: "aws-bedrock-key",
    literals: ["absk", "bedrock-api-key-"],
    pattern:
      /(?:ABSK[A-Za-z0-9+/]{109,269}={0,2}|bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[\w+/=.%-]{0,2048})/y,
    examples: {
      secrets: [
        "ABSK<base64 120>=",
        "AWS_BEARER_TOKEN_BEDROCK=bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t<base64 90>",
      ],
      harmless: ["ABSK<base62 20>", "bedrock-api-key-rotation", "ABSK<x 120>"],
    },
  },
  {
    type: "aws-appsync-key",
    literals: ["da2-"],
    pattern: /da2-[a-z0-9]{26}/y,
    minEntropy: 3.5,
    examples: {
      secrets: [
        "da2-<base36 26>",
        "aws_appsync_apiKey: 'da2-<base36 26>'",
        "X-Api-Key: da2-<base36 26>",
      ],
      harmless: [
        "da2-<base36 10>",
        "da2-<x 26>",
        "da2-<base36 40>",
        "panda2-<base36 26>",
        "da2-sandbox-environment-of-us",
      ],
    },
  },
  {
    type: "gcp-api-key",
    literals: ["aiza"],
    pattern: /AIza[\w-]{35}/y,
    minEntropy: 4,
    examples: {
      secrets: [
        "AIza<base64url 35>",
        "https://maps.googleapis.com/maps/api/js?key=AIza<base62 35>&v=3",
      ],
      harmless: ["AIza<base62 20>", "AIza<x 35>", "AIza<base62 60>"],
    },
  },
  {
    type: "google-oauth-secret",
    literals: ["gocspx-"],
    pattern: /GOCSPX-[\w-]{28}/y,
    insideWords: true,
    examples: {
      secrets: ["GOCSPX-<base64url 28>", '"client_secret":"GOCSPX-<base62 28>"'],
      harmless: ["GOCSPX-<base62 10>", "GOCSPX-<x 28>", "GOCSPX-"],
    },
  },
  {
    type: "google-oauth-token",
    literals: ["ya29.", "1//0"],
    pattern: /(?:ya29\.[\w-]{30,2048}|1\/\/0[\w-]{40,256})/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["ya29.<base64url 120>", "refresh_token=1//0<base64url 60>"],
      harmless: ["ya29.<base62 10>", "1//0<base62 10>", "http://10.0.0.1//0"],
    },
  },
  {
    type: "azure-storage-key",
    literals: ["accountkey=", "sharedaccesskey="],
    pattern: /(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{43}(?:[A-Za-z0-9+/]{43}=)?=)/y,
    insideWords: true,
    examples: {
      secrets: [
        "AccountName=files;AccountKey=<base64 86>==;EndpointSuffix=core.windows.net",
        "SharedAccessKeyName=root;SharedAccessKey=<base64 43>=",
      ],
      harmless: ["AccountKey=<base64 20>", "AccountKey=<x 86>==", "AccountKey=%STORAGE_KEY%"],
    },
  },
  {
    type: "azure-sas-signature",
    literals: ["sig="],
    pattern: /sig=((?:[A-Za-z0-9]|%2[BbFf]){40,90}%3[Dd])/y,
    minEntropy: 3.5,
    examples: {
      secrets: [
        "https://a.blob.core.windows.net/c?se=2030-01-01&sig=<base62 43>%3D",
        "sv=1&sig=<base62 41>%2F<base62 1>%3D&sp=r",
      ],
      harmless: ["sig=<base62 20>", "sig=<x 43>%3D", "config=<base62 10>"],
    },
  },
  {
    type: "azure-client-secret",
    literals: ["q~"],
    charactersBefore: [4],
    pattern: /[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["<base62 3>8Q~<base62 34>", "AZURE_CLIENT_SECRET=<base62 3>7Q~<base62 31>"],
      harmless: ["<base62 3>8Q~<base62 10>", "8Q~", "<base62 3>xQ~<base62 34>"],
    },
  },
  {
    type: "digitalocean-token",
    literals: ["dop_v1_", "doo_v1_", "dor_v1_"],
    pattern: /do[opr]_v1_[0-9a-f]{64}/y,
    insideWords: true,
    examples: {
      secrets: ["dop_v1_<hex 64>", "doctl auth init -t dor_v1_<hex 64>"],
      harmless: ["dop_v1_<hex 30>", "dop_v1_<x 64>", "doo_v1_"],
    },
  },
  {
    type: "alibaba-key-id",
    literals: ["ltai"],
    pattern: /LTAI[A-Za-z0-9]{20}/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["LTAI<base62 20>", "accessKeyId: LTAI<base62 20>"],
      harmless: ["LTAI<base62 10>", "LTAI<x 20>", "voltaic LTAI"],
    },
  },
  {
    type: "heroku-key",
    literals: ["hrku-aa"],
    pattern: /HRKU-AA[\w-]{58}/y,
    insideWords: true,
    examples: {
      secrets: ["HRKU-AA<base64url 58>", "HEROKU_API_KEY=HRKU-AA<base62 58>"],
      harmless: ["HRKU-AA<base62 20>", "HRKU-AA<x 58>", "HRKU-"],
    },
  },
  {
    type: "fly-token",
    literals: ["fo1_", "fm1a_", "fm1r_", "fm2_"],
    pattern:
      /(?:fo1_[\w-]{43}|fm1[ar]_[A-Za-z0-9+/]{100,2048}={0,3}|fm2_[A-Za-z0-9+/]{100,2048}={0,3})/y,
    examples: {
      secrets: ["fo1_<base64url 43>", "FlyV1 fm2_<base64 140>="],
      harmless: ["fo1_<base62 10>", "fm2_<base62 30>", "fo1_<x 43>"],
    },
  },
  {
    type: "supabase-key",
    literals: ["sbp_", "sb_secret_"],
    pattern: /(?:sbp_[0-9a-f]{40}|sb_secret_[\w-]{31,64})/y,
    examples: {
      secrets: ["sbp_<hex 40>", "SUPABASE_KEY=sb_secret_<base64url 31>"],
      harmless: ["sbp_<hex 20>", "sb_secret_<x 31>", "sb_secret_key"],
    },
  },
  {
    type: "vercel-token",
    literals: ["vcp_", "vci_", "vca_", "vcr_", "vck_"],
    pattern: /vc[piark]_[A-Za-z0-9]{24,80}/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["vcp_<base62 56>", "VERCEL_TOKEN=vcr_<base62 56>"],
      harmless: ["vcp_<base62 10>", "vci_<x 56>", "vcp_"],
    },
  },
];
