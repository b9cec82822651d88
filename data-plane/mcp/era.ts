import {
  isObject,
  isRequest,
  type JsonRpcMessage,
  jsonRpcCodes,
  type ProtocolError,
} from "./json-rpc.ts";

/** The first revision without sessions: every request carries its own version. */
export const modernVersion = "2026-07-28";
const versionKey = "io.modelcontextprotocol/protocolVersion";
const capabilitiesKey = "io.modelcontextprotocol/clientCapabilities";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export type EraResult =
  | { readonly ok: true; readonly era: "legacy" | "modern" }
  | { readonly ok: false; readonly error: ProtocolError };

/** The parameter that `Mcp-Name` repeats (MCP 2026-07-28, Streamable HTTP). */
const namedParameter: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

/**
 * Decides the era of one request and checks its headers against its body.
 * Policy, limits and audit use the body: a header that says otherwise would fool whoever routes by it.
 */
export function classify(message: JsonRpcMessage, headers: Headers): EraResult {
  const headerVersion = single(headers["mcp-protocol-version"]);
  const params = "params" in message ? message.params : undefined;
  const meta = params?.["_meta"];
  const bodyVersion = isObject(meta) ? meta[versionKey] : undefined;
  const isModern =
    bodyVersion !== undefined || (headerVersion !== undefined && headerVersion >= modernVersion);
  const error =
    (isModern && findModernProblem({ message, meta, headerVersion, bodyVersion }, headers)) ||
    findMismatch(message, headers);
  if (error) {
    return { ok: false, error: { ...error, id: isRequest(message) ? message.id : null } };
  }
  return { ok: true, era: isModern ? "modern" : "legacy" };
}

interface ModernParts {
  readonly message: JsonRpcMessage;
  readonly meta: unknown;
  readonly headerVersion: string | undefined;
  readonly bodyVersion: unknown;
}

function findModernProblem(parts: ModernParts, headers: Headers): ProtocolError | undefined {
  const { message, headerVersion } = parts;
  if (headerVersion === undefined) return mismatch("the header MCP-Protocol-Version is missing");
  const versionProblem = isRequest(message) ? findMetaProblem(parts) : undefined;
  if (versionProblem) return versionProblem;
  if (headerVersion !== modernVersion) return unsupported(headerVersion);
  if ("method" in message && headers["mcp-method"] === undefined) {
    return mismatch("the header Mcp-Method is missing");
  }
  if (
    isRequest(message) &&
    typeof nameOf(message) === "string" &&
    headers["mcp-name"] === undefined
  ) {
    return mismatch("the header Mcp-Name is missing");
  }
  return undefined;
}

function findMetaProblem(parts: ModernParts): ProtocolError | undefined {
  const { meta, headerVersion, bodyVersion } = parts;
  if (bodyVersion === undefined) return invalidParams(`params._meta lacks ${versionKey}`);
  if (bodyVersion !== headerVersion) {
    return mismatch(`the header MCP-Protocol-Version is not params._meta["${versionKey}"]`);
  }
  if (!isObject(meta) || !isObject(meta[capabilitiesKey])) {
    return invalidParams(`params._meta lacks ${capabilitiesKey}`);
  }
  return undefined;
}

/** Headers that are there must be right, in either era. */
function findMismatch(message: JsonRpcMessage, headers: Headers): ProtocolError | undefined {
  if (!("method" in message)) {
    const isNamed = headers["mcp-method"] !== undefined || headers["mcp-name"] !== undefined;
    return isNamed ? mismatch("an answer has no method that a header could repeat") : undefined;
  }
  const method = decode(single(headers["mcp-method"]));
  if (method !== undefined && method !== message.method) {
    return mismatch("the header Mcp-Method is not the method of the body");
  }
  const name = decode(single(headers["mcp-name"]));
  const named = nameOf(message);
  // What is no name in the body either is refused by whoever reads the body.
  const isComparable = named === undefined || typeof named === "string";
  if (name !== undefined && isComparable && name !== named) {
    return mismatch("the header Mcp-Name is not the name in the body");
  }
  return undefined;
}

function nameOf(message: JsonRpcMessage): unknown {
  if (!("method" in message)) return undefined;
  const parameter = namedParameter.get(message.method);
  return parameter === undefined ? undefined : message.params?.[parameter];
}

/** A header that comes twice has no value that everybody agrees on: it matches nothing. */
function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value?.trim();
}

/** Values outside ASCII travel as =?base64?…?= (case-sensitive). What is no base64 of any text stays as it is: it matches nothing. */
function decode(value: string | undefined): string | undefined {
  const encoded = value?.match(/^=\?base64\?(.*)\?=$/)?.[1];
  if (encoded === undefined) return value;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  return Buffer.from(text).toString("base64") === encoded ? text : value;
}

function mismatch(message: string): ProtocolError {
  return { status: 400, code: jsonRpcCodes.headerMismatch, message };
}

function invalidParams(message: string): ProtocolError {
  return { status: 400, code: jsonRpcCodes.invalidParams, message };
}

function unsupported(requested: string): ProtocolError {
  return {
    status: 400,
    code: jsonRpcCodes.unsupportedVersion,
    message: `protocol version ${requested.slice(0, 40)} is not supported`,
    data: { supported: [modernVersion], requested: requested.slice(0, 40) },
  };
}
