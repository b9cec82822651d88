import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { type AuditFormat, auditFormats } from "../../core/audit/formats/format.ts";
import { type Env, EnvReader } from "../../core/service/env.ts";
import { isExporterName } from "./exporter-name.ts";

export const sinkKinds = [
  "stdout",
  "file",
  "splunk",
  "elastic",
  "webhook",
  "otlp",
  "syslog",
] as const;
export type SinkKind = (typeof sinkKinds)[number];

export interface ExportSettings {
  readonly redisUrl: string;
  readonly logLevel: string;
  /** Of the consumer group: exporters of one name share the work, those of another have their own copy. */
  readonly name: string;
  readonly consumer: string;
  readonly sink: SinkKind;
  readonly format: AuditFormat;
  /** Of splunk, elastic, webhook, otlp ("https://…") and syslog ("tls://…", "tcp://…"). */
  readonly url: URL | undefined;
  readonly index: string;
  readonly gzip: boolean;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly file: { readonly path: string; readonly maxBytes: number; readonly keep: number };
  readonly batch: { readonly records: number; readonly bytes: number; readonly lingerMs: number };
  readonly maxDeadLetters: number;
  readonly status: { readonly host: string; readonly port: number } | undefined;
  /** Ends when everything is exported. */
  readonly untilEmpty: boolean;
  readonly secrets: ExportSecrets;
}

/** Read anew for each request: a file may have another token by then. */
export interface ExportSecrets {
  readonly token: () => string | undefined;
  readonly signingKey: () => string | undefined;
}

const jsonFormats: readonly AuditFormat[] = ["native", "ocsf", "ecs"];
const defaultStatusPort = 9_465;

/** Reads the settings, or throws one error that names every problem. */
export function readExportSettings(source: Env): ExportSettings {
  const env = new EnvReader(source);
  const sink = env.oneOf("MCPGW_EXPORT_SINK", sinkKinds, "stdout");
  const fallback = sink === "elastic" ? "ecs" : "native";
  const format = env.oneOf("MCPGW_EXPORT_FORMAT", auditFormats, fallback);
  const name = env.string("MCPGW_EXPORT_NAME", "siem");
  if (!isExporterName(name)) {
    env.report(`MCPGW_EXPORT_NAME must be of a-z, 0-9 and -, got ${name}`);
  }
  if (sink === "elastic" && !jsonFormats.includes(format)) {
    env.report(`MCPGW_EXPORT_FORMAT must be ${jsonFormats.join(", ")} for elastic, got ${format}`);
  }
  const settings: ExportSettings = {
    redisUrl: env.string("MCPGW_REDIS_URL", "redis://127.0.0.1:6379"),
    logLevel: env.string("MCPGW_LOG_LEVEL", "info"),
    name,
    consumer: env.string("MCPGW_EXPORT_CONSUMER", hostname()),
    sink,
    format,
    url: readUrl(env, sink),
    index: env
      .string("MCPGW_EXPORT_INDEX", sink === "elastic" ? "logs-mcpgateway.audit-default" : " ")
      .trim(),
    gzip: readGzip(env, sink),
    tls: readTls(env),
    file: {
      path: sink === "file" ? env.string("MCPGW_EXPORT_FILE") : "",
      maxBytes: integer(env, "MCPGW_EXPORT_FILE_MAX_BYTES", [100_000_000, 1_000, 1e12]),
      keep: integer(env, "MCPGW_EXPORT_FILE_KEEP", [0, 0, 100_000]),
    },
    batch: {
      records: integer(env, "MCPGW_EXPORT_BATCH_RECORDS", [1_000, 1, 10_000]),
      bytes: integer(env, "MCPGW_EXPORT_BATCH_BYTES", [1_000_000, 1_000, 100_000_000]),
      lingerMs: integer(env, "MCPGW_EXPORT_BATCH_WAIT_MS", [200, 0, 1_000]),
    },
    maxDeadLetters: integer(env, "MCPGW_EXPORT_MAX_DEAD_LETTERS", [10_000, 1, 1e9]),
    status: readStatus(env),
    untilEmpty: env.oneOf("MCPGW_EXPORT_UNTIL_EMPTY", ["true", "false"], "false") === "true",
    secrets: readSecrets(env, source),
  };
  env.assertValid();
  return settings;
}

type Range = readonly [fallback: number, min: number, max: number];

function integer(env: EnvReader, name: string, [fallback, min, max]: Range): number {
  return env.integer(name, { fallback, min, max });
}

function readUrl(env: EnvReader, sink: SinkKind): URL | undefined {
  if (sink === "stdout" || sink === "file") return undefined;
  const text = env.string("MCPGW_EXPORT_URL");
  if (text === "") return undefined;
  const protocols = sink === "syslog" ? ["tls:", "tcp:"] : ["https:", "http:"];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && protocols.includes(url.protocol) && url.hostname !== "") {
    if (url.username === "" && url.password === "") return url;
    env.report("MCPGW_EXPORT_URL must not hold a password: give MCPGW_EXPORT_TOKEN_FILE");
    return undefined;
  }
  // Not shown: somebody may have put a token into it.
  const wanted = protocols.map((it) => `${it}//…`).join(" or ");
  env.report(`MCPGW_EXPORT_URL must be a URL such as ${wanted} for ${sink}`);
  return undefined;
}

function readGzip(env: EnvReader, sink: SinkKind): boolean {
  const canZip = sink === "splunk" || sink === "elastic" || sink === "otlp";
  const isOn =
    env.oneOf("MCPGW_EXPORT_GZIP", ["true", "false"], canZip ? "true" : "false") === "true";
  if (isOn && !canZip) env.report(`MCPGW_EXPORT_GZIP is for splunk, elastic and otlp, not ${sink}`);
  return isOn;
}

function readTls(env: EnvReader): ExportSettings["tls"] {
  const ca = readFile(env, "MCPGW_EXPORT_CA_FILE");
  const cert = readFile(env, "MCPGW_EXPORT_CERTIFICATE_FILE");
  const key = readFile(env, "MCPGW_EXPORT_KEY_FILE");
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function readFile(env: EnvReader, name: string): string | undefined {
  const path = env.optional(name);
  if (path === "") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    env.report(`${name} names a file that cannot be read (${code}): ${path}`);
    return undefined;
  }
}

function readStatus(env: EnvReader): ExportSettings["status"] {
  if (env.optional("MCPGW_EXPORT_STATUS_PORT") === "off") return undefined;
  const port = env.port("MCPGW_EXPORT_STATUS_PORT", defaultStatusPort);
  return { host: env.string("MCPGW_EXPORT_STATUS_HOST", "127.0.0.1"), port };
}

function readSecrets(env: EnvReader, source: Env): ExportSecrets {
  // A file that is missing now is a problem now.
  env.secret("MCPGW_EXPORT_TOKEN");
  env.secret("MCPGW_EXPORT_SIGNING_KEY");
  const readAgain = (name: string) => () => new EnvReader(source).secret(name);
  return {
    token: readAgain("MCPGW_EXPORT_TOKEN"),
    signingKey: readAgain("MCPGW_EXPORT_SIGNING_KEY"),
  };
}
