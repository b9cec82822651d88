import { meaningOf, type Severity } from "./meaning.ts";
import { type FoundRecord, numberAt, textAt, timeMsOf } from "./read-record.ts";

/** "log audit" of RFC 5424 §6.2.1. */
const facility = 13;
/** Informational, notice, warning, critical. */
const severities: Readonly<Record<Severity, number>> = {
  informational: 6,
  low: 5,
  medium: 4,
  high: 2,
};
/** Set aside for examples and private use within documents (RFC 5612): we have no enterprise number. */
const structuredDataId = "mcpgateway@32473";

/**
 * A syslog message (RFC 5424) with the rendered record as its text. Where the record stands in its chain is structured data,
 * so that a relay can tell repeats without reading the text.
 */
export function toSyslog(record: FoundRecord, rendered: string, host: string): string {
  const { severity } = meaningOf(record);
  const priority = facility * 8 + severities[severity];
  const time = new Date(timeMsOf(record)).toISOString();
  const header = [
    `<${priority}>1`,
    time,
    headerField(host, 255),
    "mcp-gateway",
    headerField(textAt(record, "producer"), 128),
    headerField(textAt(record, "event"), 32),
  ].join(" ");
  const parameters = [
    ["id", textAt(record, "id")],
    ["bootId", textAt(record, "bootId")],
    ["sequence", String(numberAt(record, "sequence") ?? "")],
  ]
    .map(([name, value]) => ` ${name}="${escapeParameter(value ?? "")}"`)
    .join("");
  return `${header} [${structuredDataId}${parameters}] ${toMessage(rendered)}`;
}

/**
 * Text beyond ASCII has to begin with a byte order mark (RFC 5424 §6.4). Many receivers leave it there, and then it spoils JSON: so JSON is
 * written in ASCII, as the same value.
 */
function toMessage(rendered: string): string {
  if (!beyondAscii.test(rendered)) return rendered;
  return rendered.startsWith("{") ? inAscii(rendered) : `\ufeff${rendered}`;
}

const beyondAscii = /[^\0-\x7f]/;

function inAscii(json: string): string {
  return json.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Octet counting (RFC 6587 §3.4.1, RFC 5425 §4.3): the text may hold anything. */
export function frameSyslog(message: string): Buffer {
  const bytes = Buffer.from(message, "utf8");
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}

/** Printable ASCII without spaces; "-" when there is nothing. */
function headerField(text: string, maxLength: number): string {
  return text.replace(/[^\x21-\x7e]/g, "_").slice(0, maxLength) || "-";
}

/** RFC 5424 §6.3.3: a quote, a backslash and a closing bracket are escaped. */
function escapeParameter(text: string): string {
  return text.replace(/[\p{Cc}]/gu, "\ufffd").replace(/["\\\]]/g, "\\$&");
}
