import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { type Context, type Contexts, findContext, readContexts } from "./contexts.ts";
import { environment } from "./environment.ts";
import { CliError, failed, wrongUsage } from "./errors.ts";
import { type GlobalArguments, parseServer } from "./global-options.ts";

/** The control plane that a command speaks to, and as whom. */
export interface Target {
  readonly server: string;
  readonly token: string | undefined;
  /** Said to the operator when there is no token: why. */
  readonly withoutToken: string;
}

/** Finds server and token: first the options, then the environment, then the context. */
export async function findTarget(args: GlobalArguments): Promise<Target> {
  const contexts = await readContexts();
  const context = chooseContext(contexts, args.context);
  const server = args.server ?? serverFromEnvironment();
  const explicit = (await readTokenFile(args.tokenFile)) ?? tokenFromEnvironment();
  const address = server ?? context?.server;
  if (address === undefined) {
    throw wrongUsage(
      "no control plane is named. `mcpctl up` starts one here; `mcpctl context set` or --server names another.",
    );
  }
  return { server: address, ...chooseToken({ address, explicit, context, args }) };
}

/** Reads a token from a file, or from stdin for `-`. */
export async function readTokenFile(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return checkToken(
      path === "-" ? await text(process.stdin) : await readFile(path, "utf8"),
      path,
    );
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw failed(`cannot read the token in ${path} (${code}).`, { cause });
  }
}

function serverFromEnvironment(): string | undefined {
  const server = environment()["MCPCTL_SERVER"];
  return server ? parseServer(server) : undefined;
}

/** The token in $MCPCTL_TOKEN. */
export function tokenFromEnvironment(): string | undefined {
  const token = environment()["MCPCTL_TOKEN"];
  return token ? checkToken(token, "$MCPCTL_TOKEN") : undefined;
}

/**
 * A context's token belongs to the context's server. Another server gets it only
 * when the operator names both: a mistyped or foisted address must not collect tokens.
 */
function chooseToken(choice: {
  readonly address: string;
  readonly explicit: string | undefined;
  readonly context: Context | undefined;
  readonly args: GlobalArguments;
}): Pick<Target, "token" | "withoutToken"> {
  const { address, explicit, context, args } = choice;
  if (explicit !== undefined) return { token: explicit, withoutToken: "" };
  if (!context) {
    const withoutToken = "No token was given: use --token-file, $MCPCTL_TOKEN or a context.";
    return { token: undefined, withoutToken };
  }
  if (address === context.server || args.context !== undefined) {
    return { token: context.token, withoutToken: "" };
  }
  const withoutToken =
    `The token of context ${context.name} is for ${context.server} and was not sent to ${address}: ` +
    `give one with --token-file, or send it there with --context ${context.name}.`;
  return { token: undefined, withoutToken };
}

function chooseContext(contexts: Contexts, name: string | undefined): Context | undefined {
  if (name !== undefined) return findContext(contexts, name);
  return contexts.contexts.find((context) => context.name === contexts.current);
}

/** gRPC would print a malformed token in its error: it is refused here, without being shown. */
function checkToken(written: string, source: string): string {
  const token = written.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw wrongUsage(`${source} holds no token: one word of plain characters.`);
}
