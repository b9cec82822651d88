import type { CommandModule } from "yargs";
import { drop } from "./drop.ts";
import { list } from "./list.ts";
import { retry } from "./retry.ts";

/** Lists when no command is named. */
export const deadLetters: CommandModule = {
  command: "dead-letters",
  describe: "Show the records that a SIEM refuses, send them again, or drop them",
  builder: (yargs) => yargs.command([{ ...list, command: ["list [exporter]", "$0"] }, retry, drop]),
  handler: () => {},
};
