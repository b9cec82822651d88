import { release } from "../../core/service/release.ts";
import { defineCommand } from "../command.ts";
import { printResult } from "../output.ts";

export const version = defineCommand({
  command: "version",
  describe: "Print the release of mcpctl",
  run: ({ output }) => printResult(output, { release }, () => release),
});
