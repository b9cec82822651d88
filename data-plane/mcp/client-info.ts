import { isObject } from "./json-rpc.ts";

/** The program that calls, as it says of itself. */
export interface ClientInfo {
  readonly name?: string;
  readonly version?: string;
}

/** What params say of the program: in the handshake (`clientInfo`) or, in the modern era, in every request (`_meta`). */
export function clientIn(params: unknown): ClientInfo | undefined {
  const given = isObject(params) ? params : {};
  const meta = isObject(given["_meta"]) ? given["_meta"] : {};
  const info = meta["io.modelcontextprotocol/clientInfo"] ?? given["clientInfo"];
  if (!isObject(info)) return undefined;
  const { name, version } = info;
  const client = {
    ...(typeof name === "string" && { name }),
    ...(typeof version === "string" && { version }),
  };
  return Object.keys(client).length > 0 ? client : undefined;
}
