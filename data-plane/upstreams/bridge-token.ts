import { createHmac } from "node:crypto";
import type { Principal } from "../call/agent-request.ts";

/** What proxies show to bridges: both know the join token, and nobody else can make this of it. */
export function bridgeToken(joinToken: string): string {
  return createHmac("sha256", joinToken).update("mcpgw bridge").digest("hex");
}

/** By which a proxy tells a bridge for whom a request is. Proxies drop what agents send under this name. */
export const agentHeader = "mcpgw-agent";

/** The header's value: no two agents have the same, whatever their names and tenants hold. */
export function agentHeaderValue({ agent, tenant }: Pick<Principal, "agent" | "tenant">): string {
  return encodeURIComponent(JSON.stringify(tenant === undefined ? agent : [tenant, agent]));
}
