import type { GrpcClient } from "../../core/grpc/client.ts";
import { hintOf } from "../../core/secrets/tokens.ts";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { readSecret, writeSecret } from "./data-folder.ts";

const demoAgent = { id: "demo", groups: ["demo"] };

/** The key of the agent "demo": the one made at an earlier start, unless the control plane no longer knows it. */
export async function demoAgentKey(client: GrpcClient, file: string): Promise<string> {
  const stored = readSecret(file);
  if (stored !== undefined && (await isKnown(client, stored))) return stored;
  const { key } = await client.call(AgentService.method.createAgent, demoAgent);
  writeSecret(file, key);
  return key;
}

async function isKnown(client: GrpcClient, key: string): Promise<boolean> {
  const { agents } = await client.call(AgentService.method.listAgents, {});
  const keys = agents.find(({ id }) => id === demoAgent.id)?.keys ?? [];
  return keys.some(({ hint }) => hintOf(key).startsWith(hint));
}
