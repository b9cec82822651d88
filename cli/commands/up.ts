import { defineCommand } from "../command.ts";
import { environment } from "../environment.ts";
import { CliError, exitCodes } from "../errors.ts";
import { countOption } from "../global-options.ts";
import { note } from "../output.ts";
import { Gateway } from "../up/gateway.ts";
import { Terminal } from "../up/terminal.ts";

interface UpArguments {
  readonly policy?: string | undefined;
  readonly dataDir: string;
  readonly port: number;
  readonly grpcPort: number;
  readonly bridgePort: number;
  readonly proxies?: number | undefined;
}

/** One press of Ctrl-C may arrive twice: from the terminal, and from npm, which passes it on. */
const samePressMs = 500;

export const up = defineCommand<UpArguments>({
  command: "up",
  describe: "Start the whole gateway on this machine, with a demo to try",
  options: {
    policy: {
      type: "string",
      requiresArg: true,
      describe: "Policy to push in place of the demo's",
    },
    "data-dir": {
      type: "string",
      requiresArg: true,
      default: ".mcpgateway",
      describe: "Folder for what outlives the gateway: Redis, secrets, logs",
    },
    port: { ...portOption("Port that agents connect to"), default: 8080 },
    "grpc-port": { ...portOption("Port of the control plane"), default: 7500 },
    "bridge-port": { ...portOption("Port of the bridge"), default: 7600 },
    proxies: countOption("Number of proxies (default: one for each core)", { min: 1, max: 256 }),
  },
  examples: [
    ["mcpctl up", "Start with the demo"],
    ["mcpctl up --policy my.yaml", "Start with a policy of one's own"],
  ],
  run,
});

function portOption(describe: string) {
  return countOption(describe, { min: 1, max: 65_535 });
}

async function run(args: UpArguments): Promise<void> {
  // A terminal that is closed under us must not keep us from stopping in order.
  process.stdout.removeAllListeners("error").on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  const terminal = new Terminal(process.stdout);
  const gateway = new Gateway({
    dataDir: args.dataDir,
    policy: args.policy,
    ports: { mcp: args.port, grpc: args.grpcPort, bridge: args.bridgePort },
    proxies: args.proxies,
    env: environment(),
    terminal,
  });
  const interrupted = interruption(() => {
    gateway.kill();
    process.exit(130);
  });

  const failure = await Promise.race([
    gateway.run().catch((error: unknown) => error),
    interrupted.then(() => undefined),
  ]);
  if (failure === undefined) terminal.say("Stopping everything (Ctrl-C again: at once).");
  else note(describeFailure(failure));
  await gateway.stop();
  // What still waits for an answer would hold the process for a while.
  process.exit(failure === undefined ? 0 : exitCodes.failed);
}

/** Resolves at the first Ctrl-C or request to end; a second one does not wait. */
function interruption(atOnce: () => void): Promise<void> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    const onSignal = () => {
      if (firstAtMs === undefined) {
        firstAtMs = Date.now();
        resolve();
      } else if (Date.now() - firstAtMs > samePressMs) atOnce();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
}

function describeFailure(error: unknown): string {
  if (error instanceof CliError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error && environment()["MCPCTL_DEBUG"] === "1" ? error.stack : "";
  return `mcpctl up failed unexpectedly: ${message}\n${stack || "MCPCTL_DEBUG=1 shows where."}`;
}
