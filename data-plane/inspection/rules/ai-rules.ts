import type { SecretRule } from "./secret-rule.ts";

/** Model providers. */
export const aiRules: readonly SecretRule[] = [
  {
    type: "openai-key",
    literals: ["sk-"],
    pattern: /sk-(?:(?:proj|svcacct|admin|None)-)?[\w-]{20,100}T3BlbkFJ[\w-]{20,100}/y,
    examples: {
      secrets: [
        "sk-<base62 20>T3BlbkFJ<base62 20>",
        "OPENAI_API_KEY=sk-proj-<base64url 74>T3BlbkFJ<base64url 74>",
      ],
      harmless: ["sk-<base62 10>", "sk-proj-my-project", "sk-<x 20>T3BlbkFJ<x 20>", "sk-learn"],
    },
  },
  {
    type: "anthropic-key",
    literals: ["sk-ant-"],
    pattern: /sk-ant-[a-z]{3,5}\d\d-[\w-]{80,120}/y,
    insideWords: true,
    examples: {
      secrets: ["sk-ant-api03-<base64url 93>AA", "x-api-key: sk-ant-admin01-<base64url 93>AA"],
      harmless: ["sk-ant-api03-<base62 20>", "sk-ant-api03-<x 95>", "sk-ant-"],
    },
  },
  {
    type: "openai-style-key",
    literals: ["sk-"],
    pattern: /sk-(?:or-v1-|lf-|svcacct-|proj-)?(?:[0-9a-f]{32,64}|[A-Za-z0-9]{48})/y,
    minEntropy: 3.2,
    examples: {
      secrets: ["sk-<hex 32>", "OPENROUTER_API_KEY=sk-or-v1-<hex 64>"],
      harmless: ["sk-<hex 12>", "task-<hex 32>", "sk-<x 48>"],
    },
  },
  {
    type: "huggingface-token",
    literals: ["hf_", "api_org_"],
    pattern: /(?:hf_|api_org_)[A-Za-z]{34}/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["hf_<letters 34>", "HF_TOKEN=api_org_<letters 34>"],
      harmless: ["hf_<letters 20>", "hf_<x 34>", "hf_hub_download"],
    },
  },
  {
    type: "groq-key",
    literals: ["gsk_"],
    pattern: /gsk_[A-Za-z0-9]{52}/y,
    examples: {
      secrets: ["gsk_<base62 52>", "GROQ_API_KEY=gsk_<base62 52>"],
      harmless: ["gsk_<base62 20>", "gsk_<x 52>", "gsk_gaussian"],
    },
  },
  {
    type: "perplexity-key",
    literals: ["pplx-"],
    pattern: /pplx-[A-Za-z0-9]{48}/y,
    examples: {
      secrets: ["pplx-<base62 48>", "Bearer pplx-<base62 48>"],
      harmless: ["pplx-<base62 20>", "pplx-<x 48>", "pplx-api"],
    },
  },
  {
    type: "xai-key",
    literals: ["xai-"],
    pattern: /xai-[A-Za-z0-9]{80}/y,
    examples: {
      secrets: ["xai-<base62 80>", "XAI_API_KEY=xai-<base62 80>"],
      harmless: ["xai-<base62 20>", "xai-<x 80>", "xai-grok"],
    },
  },
  {
    type: "replicate-token",
    literals: ["r8_"],
    pattern: /r8_[A-Za-z0-9]{37}/y,
    minEntropy: 3.5,
    examples: {
      secrets: ["r8_<base62 37>", "REPLICATE_API_TOKEN=r8_<base62 37>"],
      harmless: ["r8_<base62 10>", "r8_<x 37>", "r8_unorm"],
    },
  },
  {
    type: "langsmith-key",
    literals: ["lsv2_"],
    pattern: /lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}/y,
    insideWords: true,
    examples: {
      secrets: ["lsv2_pt_<hex 32>_<hex 10>", "LANGSMITH_API_KEY=lsv2_sk_<hex 32>_<hex 10>"],
      harmless: ["lsv2_pt_<hex 32>", "lsv2_pt_<x 32>_<x 10>", "lsv2_"],
    },
  },
];
