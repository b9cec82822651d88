import type { CommandModule } from "yargs";
import { list } from "./list.ts";
import { reset } from "./reset.ts";

/** Lists when no command is named. */
export const limits: CommandModule = {
  command: "limits",
  describe: "Show how much of the limits is used, and clear what is counted",
  builder: (yargs) => yargs.command([{ ...list, command: ["list", "$0"] }, reset]),
  handler: () => {},
};
