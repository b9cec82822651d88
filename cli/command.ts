import type { Argv, CommandModule, Options, PositionalOptions } from "yargs";
import { type CliError, wrongUsage } from "./errors.ts";
import type { GlobalArguments } from "./global-options.ts";

/** One command of mcpctl. */
export interface CommandDefinition<Arguments> {
  /** Its name and positional arguments. */
  readonly command: string;
  readonly describe: string;
  readonly positionals?: Readonly<Record<string, PositionalOptions>>;
  readonly options?: Readonly<Record<string, Options>>;
  readonly examples?: readonly (readonly [string, string])[];
  readonly run: (args: GlobalArguments & Arguments) => Promise<void>;
}

/** Makes the definition one that yargs runs. `Arguments` says what its options become. */
export function defineCommand<Arguments = object>(
  definition: CommandDefinition<Arguments>,
): CommandModule {
  const { command, describe, run } = definition;
  const module: CommandModule = {
    command,
    describe,
    builder: (yargs: Argv) => {
      for (const [name, options] of Object.entries(definition.positionals ?? {})) {
        yargs.positional(name, options);
      }
      yargs.fail((message) => {
        // What else is wrong is told by the parser of all commands.
        if (/^Not enough non-option arguments/.test(message ?? "")) {
          throw missingArgument(definition, groups.get(module));
        }
      });
      for (const [usage, meaning] of definition.examples ?? []) yargs.example(usage, meaning);
      return yargs.options(definition.options ?? {});
    },
    handler: (args) => run(args as unknown as GlobalArguments & Arguments),
  };
  return module;
}

/** The names of the groups that commands are in. */
const groups = new WeakMap<CommandModule, string>();

/** No command has more than one argument that is required. */
function missingArgument<Arguments>(
  { command, positionals }: CommandDefinition<Arguments>,
  group: string | undefined,
): CliError {
  const [argument = "", name = ""] = /<([\w-]+)(?:\.\.)?>/.exec(command) ?? [];
  const usage = ["mcpctl", group, command].filter((word) => word !== undefined).join(" ");
  const meaning = positionals?.[name]?.describe ?? "";
  return wrongUsage(`${argument} is missing: ${meaning}\nUsage: ${usage}`);
}

/** Puts commands under a common name. */
export function defineGroup(
  command: string,
  describe: string,
  commands: readonly CommandModule[],
): CommandModule {
  for (const member of commands) groups.set(member, command);
  return {
    command,
    describe,
    builder: (yargs: Argv) =>
      yargs.command([...commands]).demandCommand(1, 1, `mcpctl ${command}: which of its commands?`),
    handler: () => {},
  };
}
