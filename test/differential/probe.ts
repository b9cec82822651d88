/** One HTTP request, to be sent to the upstream directly and through the gateway. */
export interface Probe {
  /** Unique. */
  readonly name: string;
  readonly upstream: "fixture" | "script";
  /** Whether it belongs to a session, which each side opens for itself. */
  readonly inSession: boolean;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** A JSON-RPC message of any shape. */
export type Message = Readonly<Record<string, unknown>>;

export type ProbeEra = "legacy" | "modern";

interface ProbeOptions {
  readonly upstream?: Probe["upstream"];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A POST of a message as clients of the era send it. */
export function post(
  name: string,
  era: ProbeEra,
  message: Message,
  options: ProbeOptions = {},
): Probe {
  const sent = era === "modern" ? withEnvelope(message) : message;
  return {
    name: `${era}: ${name}`,
    upstream: options.upstream ?? "fixture",
    inSession: era === "legacy",
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(era === "modern" ? modernHeaders(message) : { "mcp-protocol-version": "2025-11-25" }),
      ...options.headers,
    },
    body: JSON.stringify(sent),
  };
}

/** A POST of bytes in a session of the legacy era. */
export function postBytes(name: string, body: string | Uint8Array<ArrayBuffer>): Probe {
  return { ...post(name, "legacy", {}), body };
}

/** A number that JavaScript would write otherwise, such as 1e400 or -0. */
export function numeral(text: string): unknown {
  return JSON.rawJSON(text);
}

declare global {
  interface JSON {
    /** TC39, JSON.parse source text access: not yet in the types of ES2023. */
    rawJSON(text: string): unknown;
  }
}

const metaKey = "io.modelcontextprotocol";

/** The message with what every request of the modern era carries, under what it brings itself. */
function withEnvelope(message: Message): Message {
  if (!("method" in message) || !("id" in message)) return message;
  const { params } = message;
  if (params !== undefined && !isRecord(params)) return message;
  const meta = isRecord(params?.["_meta"]) ? params["_meta"] : {};
  const envelope = {
    [`${metaKey}/protocolVersion`]: "2026-07-28",
    [`${metaKey}/clientInfo`]: { name: "differential", version: "1.0.0" },
    [`${metaKey}/clientCapabilities`]: { elicitation: {}, sampling: {}, roots: {} },
  };
  return { ...message, params: { ...params, _meta: { ...envelope, ...meta } } };
}

/** What the header Mcp-Name repeats. */
const namedBy: ReadonlyMap<unknown, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

function modernHeaders({ method, params }: Message): Record<string, string> {
  const headers: Record<string, string> = { "mcp-protocol-version": "2026-07-28" };
  if (typeof method === "string" && isToken(method)) headers["mcp-method"] = method;
  const key = namedBy.get(method);
  const name = isRecord(params) && key !== undefined ? params[key] : undefined;
  if (typeof name === "string") headers["mcp-name"] = encodeHeader(name);
  return headers;
}

function isToken(value: string): boolean {
  return /^[!-~]([ -~]*[!-~])?$/.test(value);
}

function encodeHeader(value: string): string {
  return isToken(value) ? value : `=?base64?${Buffer.from(value).toString("base64")}?=`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
