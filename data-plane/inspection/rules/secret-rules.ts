import { aiRules } from "./ai-rules.ts";
import { cloudRules } from "./cloud-rules.ts";
import { commandRules } from "./command-rules.ts";
import { configurationRules } from "./configuration-rules.ts";
import { genericRules } from "./generic-rules.ts";
import { infrastructureRules } from "./infrastructure-rules.ts";
import { keyFileRules } from "./key-file-rules.ts";
import { namedRules } from "./named-rules.ts";
import { prefixedRules } from "./prefixed-rules.ts";
import type { SecretRule } from "./secret-rule.ts";
import { serviceRules } from "./service-rules.ts";
import { sourceCodeRules } from "./source-code-rules.ts";

/** Every rule. Of two that find the same, the one that stands first wins. */
export const secretRules: readonly SecretRule[] = [
  ...sourceCodeRules,
  ...cloudRules,
  ...aiRules,
  ...serviceRules,
  ...infrastructureRules,
  ...prefixedRules,
  ...namedRules,
  ...keyFileRules,
  ...configurationRules,
  ...commandRules,
  ...genericRules,
];
