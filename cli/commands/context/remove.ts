import { defineCommand } from "../../command.ts";
import { removeContext } from "../../contexts.ts";
import { note } from "../../output.ts";

interface Arguments {
  readonly name: string;
}

export const remove = defineCommand<Arguments>({
  command: "remove <name>",
  describe: "Forget a context and its token",
  positionals: { name: { type: "string", describe: "Its name" } },
  run: async ({ name }) => {
    await removeContext(name);
    note(`context ${name} is removed; its token is still valid until it is revoked`);
  },
});
