import { defineGroup } from "../../command.ts";
import { history } from "./history.ts";
import { list } from "./list.ts";
import { review, revoke } from "./oversee.ts";
import { show } from "./show.ts";
import { wait } from "./wait.ts";
import { watch } from "./watch.ts";

export const approvals = defineGroup("approvals", "Show held calls and their decisions", [
  list,
  show,
  history,
  watch,
  wait,
  revoke,
  review,
]);
