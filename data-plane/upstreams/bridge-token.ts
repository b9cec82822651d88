import { createHmac } from "node:crypto";
import type { Principal } from "../call/agent-request.ts";
import { isObject } from "../mcp/json-rpc.ts";

/** What proxies show to bridges: both know the join token, and nobody else can make this of it. */
export function bridgeToken(joinToken: string): string {
  return createHmac("sha256", joinToken).update("mcpgw bridge").digest("hex");
}

/** By which a proxy tells a bridge for whom a request is. Proxies drop what agents send under this name. */
export const agentHeader = "mcpgw-agent";

/** By which a bridge tells a proxy what program answers: JSON, base64url. Proxies pass it on to nobody. */
export const programHeader = "mcpgw-program";

/** The header's value: no two agents have the same, whatever their names and tenants hold. */
export function agentHeaderValue({ agent, tenant }: Pick<Principal, "agent" | "tenant">): string {
  return encodeURIComponent(JSON.stringify(tenant === undefined ? agent : [tenant, agent]));
}

/** What such a header says. Undefined: nothing that can be read. */
export function programIn(header: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof header !== "string") return undefined;
  try {
    const said: unknown = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    return isObject(said) ? said : undefined;
  } catch {
    return undefined;
  }
}
