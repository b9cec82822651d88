import { defineGroup } from "../../command.ts";
import { create } from "./create.ts";
import { list } from "./list.ts";
import { revoke } from "./revoke.ts";

export const operator = defineGroup("operator", "Make, list and revoke operators", [
  create,
  list,
  revoke,
]);
