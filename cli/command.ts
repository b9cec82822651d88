import type { Argv, CommandModule, Options, PositionalOptions } from "yargs";
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
  return {
    command,
    describe,
    builder: (yargs: Argv) => {
      for (const [name, options] of Object.entries(definition.positionals ?? {})) {
        yargs.positional(name, options);
      }
      for (const [usage, meaning] of definition.examples ?? []) yargs.example(usage, meaning);
      return yargs.options(definition.options ?? {});
    },
    handler: (args) => run(args as unknown as GlobalArguments & Arguments),
  };
}

/** Puts commands under a common name. */
export function defineGroup(
  command: string,
  describe: string,
  commands: readonly CommandModule[],
): CommandModule {
  return {
    command,
    describe,
    builder: (yargs: Argv) =>
      yargs.command([...commands]).demandCommand(1, 1, `mcpctl ${command}: which of its commands?`),
    handler: () => {},
  };
}
