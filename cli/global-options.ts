import type { Argv, Options } from "yargs";
import { durationForm, parseDurationMs } from "./duration.ts";
import { wrongUsage } from "./errors.ts";
import type { OutputFormat } from "./output.ts";

/** The options that every command takes. */
export interface GlobalArguments {
  /** "host:port". */
  readonly server?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly context?: string | undefined;
  readonly output: OutputFormat;
  /** How long to wait for the control plane. */
  readonly timeout?: number | undefined;
}

const group = "Everywhere:";

const options: Readonly<Record<string, Options>> = {
  server: {
    group,
    type: "string",
    requiresArg: true,
    coerce: coerceOne(parseServer),
    describe: "Control plane, as host:port. Before $MCPCTL_SERVER and the context",
  },
  "token-file": {
    group,
    type: "string",
    requiresArg: true,
    normalize: false,
    describe: "File with the operator's token; - is stdin. Before $MCPCTL_TOKEN and the context",
  },
  context: {
    group,
    type: "string",
    requiresArg: true,
    describe: "Context to use instead of the current one",
  },
  output: {
    group,
    alias: "o",
    choices: ["table", "json", "yaml"],
    default: "table",
    requiresArg: true,
    describe: "Form of the result",
  },
  timeout: durationOption("How long to wait for the control plane (default 10s)", group),
};

/** Declares the options that every command takes. */
export function addGlobalOptions(yargs: Argv): Argv<GlobalArguments> {
  return yargs.options(options) as unknown as Argv<GlobalArguments>;
}

/** An option whose value is a duration; commands get milliseconds. */
export function durationOption(describe: string, optionGroup?: string): Options {
  return {
    type: "string",
    requiresArg: true,
    describe,
    coerce: coerceOne(toDurationMs),
    ...(optionGroup && { group: optionGroup }),
  };
}

/** An option whose value is a whole number. */
export function countOption(describe: string, { min, max }: { min: number; max: number }): Options {
  return {
    type: "string",
    requiresArg: true,
    describe,
    coerce: coerceOne((written) => {
      const count = /^\d+$/.test(written) ? Number(written) : Number.NaN;
      if (count >= min && count <= max) return count;
      throw wrongUsage(`${written} must be a whole number from ${min} to ${max}`);
    }),
  };
}

/** What is absent stays so; what is given twice is refused later, by name. */
function coerceOne<Value>(read: (written: string) => Value) {
  return (written: unknown) =>
    written === undefined || Array.isArray(written) ? written : read(String(written));
}

function toDurationMs(written: string): number {
  const ms = parseDurationMs(written);
  if (!ms) throw wrongUsage(`${written} must be ${durationForm}`);
  return ms;
}

/** Refuses what is no host and port: gRPC would look a bare name up for a long time. */
export function parseServer(written: string): string {
  const port = Number(/^(?:\[[\da-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/i.exec(written)?.[1]);
  if (port >= 1 && port <= 65_535) return written;
  throw wrongUsage(`a server must be host:port, got ${written}`);
}
