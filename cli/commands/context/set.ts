import { defineCommand } from "../../command.ts";
import { type Context, readContexts, saveContext } from "../../contexts.ts";
import { wrongUsage } from "../../errors.ts";
import type { GlobalArguments } from "../../global-options.ts";
import { note } from "../../output.ts";
import { readTokenFile, tokenFromEnvironment } from "../../target.ts";

interface Arguments {
  readonly name: string;
  readonly use: boolean;
}

export const set = defineCommand<Arguments>({
  command: "set <name>",
  describe: "Add or change a context: --server, and the token by --token-file or $MCPCTL_TOKEN",
  positionals: { name: { type: "string", describe: "Its name" } },
  options: {
    use: { type: "boolean", default: false, describe: "Make it the current one too" },
  },
  examples: [
    ["mcpctl context set prod --server cp.example.com:7500 --token-file -", "Token from stdin"],
  ],
  run: async (args) => {
    const context = await toContext(args);
    const { isCurrent, path } = await saveContext(context, args.use ? "always" : "if-none");
    const next = isCurrent
      ? "It is the current one."
      : `\`mcpctl context use ${args.name}\` uses it.`;
    note(`context ${args.name} is in ${path}. ${next}`);
  },
});

/** What is not given stays. But a token never moves on to another server by itself. */
async function toContext(args: GlobalArguments & Arguments): Promise<Context> {
  const known = (await readContexts()).contexts.find(({ name }) => name === args.name);
  const server = args.server ?? known?.server;
  if (server === undefined) {
    throw wrongUsage(`where is ${args.name}? --server host:port`);
  }
  const given = (await readTokenFile(args.tokenFile)) ?? tokenFromEnvironment();
  const token = given ?? (known?.server === server ? known.token : undefined);
  if (token === undefined) {
    throw wrongUsage(
      `which token is for ${server}? --token-file FILE, or - for stdin, or $MCPCTL_TOKEN.`,
    );
  }
  return { name: args.name, server, token };
}
