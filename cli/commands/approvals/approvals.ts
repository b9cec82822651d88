import { defineGroup } from "../../command.ts";
import { list } from "./list.ts";
import { show } from "./show.ts";

export const approvals = defineGroup("approvals", "Show held calls and their decisions", [
  list,
  show,
]);
