import { defineGroup } from "../../command.ts";
import { accept, reject } from "./decide.ts";
import { diff } from "./diff.ts";
import { list } from "./list.ts";
import { pin } from "./pin.ts";
import { show } from "./show.ts";

export const tools = defineGroup(
  "tools",
  "See which definitions of tools, prompts, … are accepted, and review changes",
  [list, show, diff, accept, reject, pin],
);
