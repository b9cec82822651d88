import { createHmac } from "node:crypto";

/** What proxies show to bridges: both know the join token, and nobody else can make this of it. */
export function bridgeToken(joinToken: string): string {
  return createHmac("sha256", joinToken).update("mcpgw bridge").digest("hex");
}
