import { defineCommand } from "../../command.ts";
import { readContexts } from "../../contexts.ts";
import { formatTable, printResult } from "../../output.ts";

export const list = defineCommand({
  command: "list",
  describe: "List the contexts; * marks the current one",
  run: async (args) => {
    const { contexts, current } = await readContexts();
    // Without the tokens: a list is what people paste.
    const shown = contexts.map(({ name, server }) => ({ name, server, current: name === current }));
    await printResult(args.output, { contexts: shown }, () =>
      formatTable(
        ["CURRENT", "NAME", "SERVER"],
        shown.map(({ name, server, current: isCurrent }) => [isCurrent ? "*" : " ", name, server]),
      ),
    );
  },
});
