import yargs, { type Argv, type CommandModule } from "yargs";
import { completeApprovals, expectsApproval } from "./complete-approvals.ts";
import { CliError, exitCodes, wrongUsage } from "./errors.ts";
import { addGlobalOptions } from "./global-options.ts";
import { note } from "./output.ts";

const epilogue = `Exit codes:
  0  fine
  1  what was asked for failed or was refused
  2  wrong usage
  3  the control plane cannot be reached, cannot do it now, or does not know you`;

/** Options that may be given several times, and positional arguments that may be several. */
const repeatable: ReadonlySet<string> = new Set(["_", "group", "ids"]);

/** Runs one command line, tells on stderr what failed, and returns the exit code. */
export async function runMcpctl(
  words: readonly string[],
  commands: readonly CommandModule[],
  options: { readonly showsStack: boolean },
): Promise<number> {
  try {
    refuseToken(words);
    // As an option it belongs to `policy get`, but people try it.
    const line = words[0] === "--version" ? ["version", ...words.slice(1)] : words;
    await define(line, commands).parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CliError) {
      note(error.message);
      if (error.failure === "wrong-usage") note("`mcpctl --help` shows what there is.");
      return exitCodes[error.failure];
    }
    return reportUnexpected(error, options.showsStack);
  }
}

function define(words: readonly string[], commands: readonly CommandModule[]): Argv {
  const parser = addGlobalOptions(
    yargs([...words])
      .scriptName("mcpctl")
      .usage("mcpctl <command>: operate an MCP gateway") as Argv,
  )
    .parserConfiguration({ "greedy-arrays": false })
    .command([...commands])
    .completion("completion", "Print a completion script for the shell", (async (
      current: string,
      argv: { _: string[] },
      standard: (done: (error: Error | null, found: string[]) => void) => void,
      done: (found: string[]) => void,
    ) => {
      if (expectsApproval(argv._, current)) return done(await completeApprovals());
      return standard((_, found) => done(found));
    }) as never)
    .demandCommand(1, 1, "which command?")
    .strict()
    .recommendCommands()
    .check(refuseRepeated)
    .help()
    .alias("help", "h")
    .version(false)
    .epilogue(epilogue)
    .exitProcess(false)
    .fail((message, error) => {
      // yargs wraps what it finds wrong itself; what commands throw arrives as it was.
      if (error && error.name !== "YError") throw error;
      throw wrongUsage(message ?? error.message);
    });
  return parser.wrap(Math.min(100, parser.terminalWidth())) as unknown as Argv;
}

/** What stands on the command line is visible to everybody on the machine, in `ps`. */
function refuseToken(words: readonly string[]): void {
  if (!words.some((word) => /^--?token(=|$)/.test(word))) return;
  throw wrongUsage(
    "a token is not taken from the command line, where others see it: " +
      "use --token-file (- is stdin) or $MCPCTL_TOKEN.",
  );
}

function refuseRepeated(argv: Readonly<Record<string, unknown>>): true {
  for (const [name, value] of Object.entries(argv)) {
    if (Array.isArray(value) && !repeatable.has(name)) {
      throw wrongUsage(`--${name} is given more than once`);
    }
  }
  return true;
}

function reportUnexpected(error: unknown, showsStack: boolean): number {
  const message = error instanceof Error ? error.message : String(error);
  note(`mcpctl failed unexpectedly: ${message}`);
  if (showsStack) note(error instanceof Error ? (error.stack ?? "") : "");
  else note("MCPCTL_DEBUG=1 shows where.");
  return exitCodes.failed;
}
