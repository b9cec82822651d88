import { defineGroup } from "../../command.ts";
import { create } from "./create.ts";
import { list } from "./list.ts";
import { revoke } from "./revoke.ts";
import { whoami } from "./whoami.ts";

export const operator = defineGroup(
  "operator",
  "Make, list and revoke operators, and say who you are",
  [create, list, revoke, whoami],
);
