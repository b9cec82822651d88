import { defineGroup } from "../../command.ts";
import { get } from "./get.ts";
import { push } from "./push.ts";
import { validate } from "./validate.ts";
import { versions } from "./versions.ts";

export const policy = defineGroup("policy", "Validate, push and read the policy", [
  validate,
  push,
  get,
  versions,
]);
