import { defineGroup } from "../../command.ts";
import { create } from "./create.ts";
import { list } from "./list.ts";
import { revoke } from "./revoke.ts";

export const agent = defineGroup("agent", "Make, list and revoke agents", [create, list, revoke]);
