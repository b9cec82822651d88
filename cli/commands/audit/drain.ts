import { spawn } from "node:child_process";
import { resolve } from "node:path";
import type { Env } from "../../../core/service/env.ts";
import { defineCommand } from "../../command.ts";
import { environment } from "../../environment.ts";
import { failed, wrongUsage } from "../../errors.ts";
import { entryPoint } from "../../up/installation.ts";
import { findGatewayRedis } from "./find-redis.ts";

interface Arguments {
  readonly redis?: string;
  readonly dataDir: string;
  readonly to?: string;
  readonly format?: string;
  readonly url?: string;
  readonly file?: string;
  readonly index?: string;
  readonly name?: string;
  readonly sinkTokenFile?: string;
  readonly caFile?: string;
  readonly statusPort?: number;
  readonly once: boolean;
}

const sinks = ["stdout", "file", "splunk", "elastic", "webhook", "otlp", "syslog"];
const text = (describe: string) => ({ type: "string", requiresArg: true, describe }) as const;

export const drain = defineCommand<Arguments>({
  command: "drain",
  describe: "Bring the audit records to a SIEM, each at least once; goes on until Ctrl-C",
  options: {
    to: text(
      `Where to: ${sinks.join(", ")} (default stdout); file:PATH and, for the others, KIND:URL say both at once`,
    ),
    format: {
      choices: ["native", "ocsf", "ecs", "cef", "leef"],
      requiresArg: true,
      describe: "Of each record (default native; ecs for elastic)",
    },
    url: text("Of splunk, elastic, webhook, otlp (https://…) or syslog (tls://…, tcp://…)"),
    file: text("Path, for --to file"),
    index: text("Index of splunk, or data stream of elastic"),
    name: text("Exporters of one name share the work, each name has its own copy (default siem)"),
    redis: text(
      "URL of the gateway's Redis. Before $MCPGW_REDIS_URL, and before that of `mcpctl up`",
    ),
    "data-dir": {
      ...text("Folder of the gateway that `mcpctl up` runs here, whose own Redis is read"),
      default: ".mcpgateway",
    },
    "sink-token-file": text("File with the token for the sink"),
    "ca-file": text("Authority that the sink's certificate is checked with, in PEM"),
    "status-port": {
      type: "number",
      requiresArg: true,
      describe: "Serves /metrics and /readyz on this port of 127.0.0.1",
    },
    once: { type: "boolean", default: false, describe: "End when everything is exported" },
  },
  examples: [
    ["mcpctl audit drain --once > audit.ndjson", "Everything that this name has not exported yet"],
    ["mcpctl audit drain --to file:audit.ndjson", "Into a file, beside `mcpctl up`"],
    ["mcpctl audit drain --to syslog --url tls://siem:6514 --format cef", "Into a syslog receiver"],
  ],
  run: async (args) => {
    const env = environment();
    const settings = settingsOf(args);
    const redisUrl = await findGatewayRedis({ given: args.redis, env, dataDir: args.dataDir });
    const code = await runExporter({ ...env, ...settings, MCPGW_REDIS_URL: redisUrl });
    if (code !== 0) throw failed("the exporter ended with an error; what it says stands above");
  },
});

function settingsOf(args: Arguments): Env {
  const { sink, url, file } = parseSink(args.to);
  const path = args.file ?? file;
  const given: Record<string, string | undefined> = {
    MCPGW_EXPORT_SINK: sink,
    MCPGW_EXPORT_FORMAT: args.format,
    MCPGW_EXPORT_URL: args.url ?? url,
    MCPGW_EXPORT_FILE: path && resolve(path),
    MCPGW_EXPORT_INDEX: args.index,
    MCPGW_EXPORT_NAME: args.name,
    MCPGW_EXPORT_TOKEN_FILE: args.sinkTokenFile,
    MCPGW_EXPORT_CA_FILE: args.caFile,
    MCPGW_EXPORT_STATUS_PORT: args.statusPort === undefined ? "off" : String(args.statusPort),
    MCPGW_EXPORT_UNTIL_EMPTY: args.once ? "true" : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Reads "kind", "file:path" or "kind:url". */
function parseSink(to: string | undefined): {
  readonly sink?: string;
  readonly file?: string;
  readonly url?: string;
} {
  if (to === undefined) return {};
  const [, sink = "", place = ""] = /^([a-z]+)(?::(.+))?$/s.exec(to) ?? [];
  if (!sinks.includes(sink) || (sink === "stdout" && place !== "")) {
    throw wrongUsage(
      `--to must be one of ${sinks.join(", ")}, or such as file:audit.ndjson, got ${sink || to}`,
    );
  }
  if (place === "") return { sink };
  return sink === "file" ? { sink, file: place } : { sink, url: place };
}

/** The exporter is a process of its own, as it is where it is deployed. Resolves to its exit code. */
async function runExporter(env: Env): Promise<number> {
  const child = spawn(process.execPath, [entryPoint("control-plane/export/main")], {
    env: { ...env },
    // The channel tells it when we die.
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  // A terminal's Ctrl-C reaches both of us; what else ends us is passed on.
  const ignore = () => undefined;
  const passOn = () => void child.kill("SIGTERM");
  process.on("SIGINT", ignore);
  process.on("SIGTERM", passOn);
  try {
    return await new Promise((done, reject) => {
      child.once("error", (cause) => reject(failed("the exporter cannot be started", { cause })));
      child.once("exit", (code) => done(code ?? 1));
    });
  } finally {
    process.off("SIGINT", ignore);
    process.off("SIGTERM", passOn);
  }
}
