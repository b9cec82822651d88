import { release } from "../../core/service/release.ts";
import { isObject } from "../mcp/json-rpc.ts";

const prefix = "io.modelcontextprotocol/";
const plainName = /^[a-z]{1,20}(?:[ ._/-][a-z]{1,20}){0,4}$/i;
const plainVersion = /^\d{1,5}(?:\.\d{1,5}){0,3}$/;

/**
 * The metadata of a list that the gateway asks for itself, because of a call: what says how the agent speaks (MCP 2026-07-28) and nothing else.
 * The call was not scanned yet, or waits for people: nothing of what it says may leave with the question.
 */
export function listingMeta(meta: unknown): { readonly _meta?: unknown } {
  if (!isObject(meta)) return {};
  const protocolVersion = meta[`${prefix}protocolVersion`];
  if (protocolVersion === undefined) return {};
  const clientInfo = meta[`${prefix}clientInfo`];
  const capabilities = meta[`${prefix}clientCapabilities`];
  return {
    _meta: {
      [`${prefix}protocolVersion`]: protocolVersion,
      [`${prefix}clientCapabilities`]: namesIn(capabilities),
      ...(clientInfo !== undefined && { [`${prefix}clientInfo`]: plainInfo(clientInfo) }),
    },
  };
}

/** Capabilities are names and switches; of anything else only the name stays. */
function namesIn(capabilities: unknown, depth = 0): Readonly<Record<string, unknown>> {
  if (!isObject(capabilities) || depth > 3) return {};
  const kept = Object.entries(capabilities).filter(([name]) => isCapability(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      typeof value === "boolean" ? value : namesIn(value, depth + 1),
    ]),
  );
}

function isCapability(name: string): boolean {
  return name.length <= 100 && /^[a-z]{1,24}(?:[./-][a-z]{1,24}){0,4}$/i.test(name);
}

function plainInfo(clientInfo: unknown): { readonly name: string; readonly version: string } {
  const { name, version } = isObject(clientInfo) ? clientInfo : {};
  const isPlain =
    typeof name === "string" &&
    plainName.test(name) &&
    typeof version === "string" &&
    plainVersion.test(version);
  return isPlain ? { name, version } : { name: "mcp-gateway", version: release };
}
