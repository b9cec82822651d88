import { defineCommand } from "../../command.ts";
import { useContext } from "../../contexts.ts";
import { note } from "../../output.ts";

interface Arguments {
  readonly name: string;
}

export const use = defineCommand<Arguments>({
  command: "use <name>",
  describe: "Make a context the current one",
  positionals: { name: { type: "string", describe: "Its name" } },
  run: async ({ name }) => {
    const { server } = await useContext(name);
    note(`commands go to ${server} now`);
  },
});
