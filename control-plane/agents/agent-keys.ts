import { RpcError } from "../../core/grpc/errors.ts";
import type { KeyDigest } from "../../core/secrets/key-hasher.ts";
import { hintOf } from "../../core/secrets/tokens.ts";
import type { Agent, AgentKey } from "./agent-store.ts";

const maxKeysPerAgent = 20;

export function newKey(key: string, digest: KeyDigest, expiresAtMs: number | undefined): AgentKey {
  return {
    hint: hintOf(key),
    ...digest,
    createdAtMs: Date.now(),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}

/** The agent with a further key, and without those that have expired. Throws when it has too many. */
export function addKey(agent: Agent, key: AgentKey): Agent {
  const nowMs = Date.now();
  const keys = agent.keys.filter((it) => it.expiresAtMs === undefined || it.expiresAtMs > nowMs);
  if (keys.length >= maxKeysPerAgent) {
    throw new RpcError(
      "resource-exhausted",
      `agent ${agent.id} has ${keys.length} keys: revoke some of them first (mcpctl agent revoke ${agent.id} --key <beginning>)`,
    );
  }
  return { ...agent, keys: [...keys, key] };
}

/** The agent with all of its keys ending then, or earlier where they did. */
export function endKeys(agent: Agent, untilMs: number): Agent {
  const keys = agent.keys.map((key) => ({
    ...key,
    expiresAtMs: Math.min(key.expiresAtMs ?? Number.POSITIVE_INFINITY, untilMs),
  }));
  return { ...agent, keys };
}

/** The agent without the one key that begins so. Throws unless exactly one does. */
export function withoutKey(agent: Agent, hint: string): Agent {
  const keys = agent.keys.filter((key) => !key.hint.startsWith(hint));
  const ended = agent.keys.length - keys.length;
  if (ended === 1) return { ...agent, keys };
  const found = ended === 0 ? "no key" : `${ended} keys`;
  throw new RpcError(
    "failed-precondition",
    `agent ${agent.id} has ${found} beginning with ${JSON.stringify(hint.slice(0, 64))}: see mcpctl agent show ${agent.id}`,
  );
}
