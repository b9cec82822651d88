import { hostname } from "node:os";
import type { Writable } from "node:stream";
import type { ExportSettings } from "./settings.ts";
import { elasticDialect } from "./sinks/elastic.ts";
import { FileSink } from "./sinks/file-sink.ts";
import { type HttpDialect, HttpSink } from "./sinks/http-sink.ts";
import { otlpDialect } from "./sinks/otlp.ts";
import type { Sink } from "./sinks/sink.ts";
import { splunkDialect } from "./sinks/splunk.ts";
import { StdoutSink } from "./sinks/stdout-sink.ts";
import { SyslogSink } from "./sinks/syslog-sink.ts";
import { webhookDialect } from "./sinks/webhook.ts";

/** Ports that are taken where the URL has none. */
const syslogPorts: Readonly<Record<string, number>> = { "tls:": 6514, "tcp:": 601 };

/** The word before the token in the Authorization header. A token of two words is the whole header. */
const schemes: Readonly<Record<string, string>> = {
  splunk: "Splunk",
  elastic: "ApiKey",
  webhook: "Bearer",
  otlp: "Bearer",
};

/** Makes the sink that the settings describe. Connects to nothing yet. */
export function openSink(settings: ExportSettings, stdout: Writable): Sink {
  const { sink, url } = settings;
  if (sink === "stdout") return new StdoutSink(stdout);
  if (sink === "file") return new FileSink(settings.file);
  if (!url) throw new Error(`MCPGW_EXPORT_URL is required for ${sink}`);
  if (sink === "syslog") return openSyslog(settings, url);
  const authorization = () => {
    const token = settings.secrets.token();
    if (token === undefined) return undefined;
    return /\s/.test(token) ? token : `${schemes[sink]} ${token}`;
  };
  const { gzip, tls } = settings;
  return new HttpSink({ url, dialect: dialectOf(settings, url), authorization, gzip, tls });
}

function dialectOf({ sink, index, format, secrets }: ExportSettings, url: URL): HttpDialect {
  const host = hostname();
  switch (sink) {
    case "splunk":
      return splunkDialect({ url, index, host, isJson: format !== "cef" && format !== "leef" });
    case "elastic":
      return elasticDialect({ index });
    case "otlp":
      return otlpDialect({ host });
    default:
      return webhookDialect({ signingKey: secrets.signingKey });
  }
}

function openSyslog({ tls }: ExportSettings, url: URL): SyslogSink {
  // In URLs an address of IPv6 stands in brackets.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (syslogPorts[url.protocol] ?? 601);
  return new SyslogSink({
    host,
    port,
    tls: url.protocol === "tls:" ? tls : undefined,
    origin: hostname(),
  });
}
