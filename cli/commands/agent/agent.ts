import { defineGroup } from "../../command.ts";
import { create } from "./create.ts";
import { list } from "./list.ts";
import { revoke } from "./revoke.ts";
import { rotate } from "./rotate.ts";
import { show } from "./show.ts";

export const agent = defineGroup("agent", "Make, list and revoke agents and their keys", [
  create,
  list,
  show,
  rotate,
  revoke,
]);
