/** Writes docs/rules.md, and the names of the rules for those who check policies. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ruleIdsSource } from "./rule-ids.ts";
import { rulesPage } from "./rules-page.ts";

const root = resolve(import.meta.dirname, "../..");
writeFileSync(resolve(root, "docs/rules.md"), rulesPage());
writeFileSync(resolve(root, "core/policy/rule-ids.ts"), ruleIdsSource());
