import { release } from "../../../core/service/release.ts";
import { modernVersion } from "../../mcp/era.ts";

/** What this gateway says of itself where it speaks on its own account. */
export const ourselves = { name: "mcp-gateway", version: release };

/** The `_meta` that every request of the modern era carries. */
export function modernMeta(capabilities: unknown, clientInfo: unknown = ourselves) {
  return {
    "io.modelcontextprotocol/protocolVersion": modernVersion,
    "io.modelcontextprotocol/clientCapabilities": capabilities,
    "io.modelcontextprotocol/clientInfo": clientInfo,
  };
}
