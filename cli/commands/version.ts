import { defineCommand } from "../command.ts";
import { printResult } from "../output.ts";
import { readRelease } from "../release.ts";

export const version = defineCommand({
  command: "version",
  describe: "Print the release of mcpctl",
  run: async ({ output }) => {
    const release = readRelease();
    await printResult(output, { release }, () => release);
  },
});
