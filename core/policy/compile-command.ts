import { ProcessSharing, type Upstream } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CompiledCommand, ProcessSharingName } from "./compiled-policy.ts";
import { count } from "./fields.ts";
import { compileSecret } from "./outward.ts";
import type { Problems } from "./problems.ts";

const variablePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const maxVariables = 64;
const sharings: ReadonlyMap<ProcessSharing, ProcessSharingName> = new Map([
  // What a server keeps in memory may be anybody's: only a process for each session shares none of it.
  [ProcessSharing.UNSPECIFIED, "session"],
  [ProcessSharing.SESSION, "session"],
  [ProcessSharing.AGENT, "agent"],
  [ProcessSharing.SHARED, "shared"],
]);

/** How a bridge runs a command. */
export function compileCommand(upstream: Upstream, problems: Problems): CompiledCommand {
  const { command } = upstream;
  const at = problems.at("command");
  if (command[0] === "") at.add("starts with an empty program name");
  if (command.some((part) => part.includes("\0"))) at.add("holds a NUL byte");
  return {
    kind: "command",
    command,
    process: sharingOf(upstream, problems.at("process")),
    env: variablesOf(upstream, problems.at("env")),
    maxProcesses: count(
      upstream.maxProcesses,
      { fallback: 32, max: 10_000 },
      problems.at("maxProcesses"),
    ),
  };
}

/** Reports what only a command can have. */
export function refuseCommandFields(upstream: Upstream, problems: Problems): void {
  const isGiven = {
    process: upstream.process !== ProcessSharing.UNSPECIFIED,
    env: Object.keys(upstream.env).length > 0,
    maxProcesses: upstream.maxProcesses !== 0,
  };
  for (const [field, is] of Object.entries(isGiven)) {
    if (is) problems.at(field).add("means nothing without a command");
  }
}

function sharingOf({ process }: Upstream, problems: Problems): ProcessSharingName {
  const name = sharings.get(process);
  if (name === undefined) {
    problems.add(`has the value ${process}, which this release does not know`);
  }
  return name ?? "session";
}

function variablesOf({ env }: Upstream, problems: Problems): CompiledCommand["env"] {
  const variables = Object.entries(env);
  if (variables.length > maxVariables) {
    problems.add(`holds ${variables.length} variables: at most ${maxVariables} are possible`);
  }
  return variables.map(([name, reference]) => {
    const at = problems.at(name);
    if (!variablePattern.test(name)) {
      at.add('must be named by letters, digits and "_", not starting with a digit');
    }
    return { name, prefix: reference.prefix, secret: compileSecret(reference, at) };
  });
}
