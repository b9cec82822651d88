import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Handlers } from "../../core/grpc/service.ts";
import type { KeyHasher } from "../../core/secrets/key-hasher.ts";
import { createToken, hintOf } from "../../core/secrets/tokens.ts";
import type {
  AgentRecordSchema,
  AgentService,
  CreateAgentRequest,
} from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import type { ActRecorder } from "../audit/act-recorder.ts";
import { assertName, parseGroups } from "../names.ts";
import type { OperatorGate } from "../operators/operator-gate.ts";
import { addKey, endKeys, newKey, withoutKey } from "./agent-keys.ts";
import type { Agent, AgentKey, AgentStore } from "./agent-store.ts";

export interface AgentServiceOptions {
  readonly agents: AgentStore;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
  readonly hasher: KeyHasher;
}

const maxAgents = 20_000;
/** The principal of calls without credentials. */
const anonymousId = "anonymous";

/** Serves the table of agents. */
export function createAgentService(options: AgentServiceOptions): Handlers<typeof AgentService> {
  const { agents, operators, acts, hasher } = options;
  return {
    async createAgent(request, context) {
      const wanted = parseRequest(request);
      await assertRoom(agents);
      const key = createToken("agent-key");
      const operator = operators.operatorOf(context).name;
      const { id, expiresAtMs } = wanted;
      const details = { keyHint: hintOf(key), ...describe(wanted) };
      const event = (await agents.has(id)) ? "agent.key-created" : "agent.created";
      const act = { event, operator, context, entry: { details } };
      const agent = await acts.perform(act, async () => {
        const { before, after } = await agents.change(id, (found) =>
          withKey(
            found ?? newAgent(wanted, operator),
            wanted,
            newKey(key, hasher.make(key), expiresAtMs),
          ),
        );
        if (!after) throw new Error(`agent ${id} was not written`);
        const entry = { event: before ? "agent.key-created" : "agent.created" };
        return { value: after, entry };
      });
      return { agent: toMessage(agent), key };
    },

    async listAgents() {
      const { agents: all } = await agents.snapshot();
      const uses = await agents.lastUses(all.flatMap(({ keys }) => keys.map((it) => it.digest)));
      return { agents: all.map((agent) => toMessage(agent, uses)) };
    },

    async rotateAgentKey({ id, oldKeysUntil, expiresAt }, context) {
      const key = createToken("agent-key");
      const operator = operators.operatorOf(context).name;
      const expiresAtMs = futureOf(id, expiresAt);
      const untilMs = oldKeysUntil ? timestampMs(oldKeysUntil) : Date.now();
      const made = newKey(key, hasher.make(key), expiresAtMs);
      const oldUntil = new Date(untilMs).toISOString();
      const details = { agent: id, keyHint: made.hint, oldKeysUntil: oldUntil };
      const act = { event: "agent.key-rotated", operator, context, entry: { details } };
      const agent = await acts.perform(act, async () => {
        const { after } = await agents.change(
          id,
          (found) => found && addKey(endKeys(found, untilMs), made),
        );
        if (after) return { value: after };
        throw new RpcError("not-found", `there is no agent ${id}`);
      });
      return { agent: toMessage(agent), key };
    },

    async revokeAgent({ id, keyHint }, context) {
      const operator = operators.operatorOf(context).name;
      const event = keyHint === "" ? "agent.revoked" : "agent.key-revoked";
      const details = { agent: id, ...(keyHint !== "" && { keyHint }) };
      const act = { event, operator, context, entry: { details } };
      const revoked = await acts.perform(act, async () => {
        const { before } = await agents.change(id, (found) =>
          found && keyHint !== "" ? withoutKey(found, keyHint) : undefined,
        );
        if (before) return { value: before };
        throw new RpcError("not-found", `there is no agent ${id}`);
      });
      return { agent: toMessage(revoked) };
    },
  };
}

function describe({ id, groups, tenant, owner, expiresAtMs }: WantedAgent) {
  return {
    agent: id,
    groups: groups.join(","),
    ...(tenant !== undefined && { tenant }),
    ...(owner !== undefined && { owner }),
    ...(expiresAtMs && { expiresAt: new Date(expiresAtMs).toISOString() }),
  };
}

interface WantedAgent {
  readonly id: string;
  readonly groups: readonly string[];
  readonly tenant?: string;
  readonly owner?: string;
  readonly expiresAtMs?: number;
}

function parseRequest({ id, groups, tenant, owner, expiresAt }: CreateAgentRequest): WantedAgent {
  assertName("the id of an agent", id);
  if (id === anonymousId) {
    throw new RpcError("invalid-argument", "anonymous is the agent of calls without credentials");
  }
  if (tenant !== "") assertName("a tenant", tenant);
  if (owner !== "") assertName("the owner of an agent", owner);
  const wanted = {
    id,
    groups: parseGroups(groups),
    ...(tenant !== "" && { tenant }),
    ...(owner !== "" && { owner }),
  };
  const expiresAtMs = futureOf(id, expiresAt);
  return expiresAtMs === undefined ? wanted : { ...wanted, expiresAtMs };
}

function futureOf(id: string, expiresAt: Timestamp | undefined): number | undefined {
  if (!expiresAt) return undefined;
  const expiresAtMs = timestampMs(expiresAt);
  if (expiresAtMs > Date.now()) return expiresAtMs;
  throw new RpcError(
    "invalid-argument",
    `the key of agent ${id} would be expired already: ${new Date(expiresAtMs).toISOString()}`,
  );
}

async function assertRoom(agents: AgentStore): Promise<void> {
  if ((await agents.count()) < maxAgents) return;
  throw new RpcError("resource-exhausted", `there are ${maxAgents} agents: revoke some first`);
}

function newAgent({ id, groups, tenant, owner }: WantedAgent, createdBy: string): Agent {
  const belongsTo = {
    ...(tenant !== undefined && { tenant }),
    ...(owner !== undefined && { owner }),
  };
  return { id, groups, ...belongsTo, createdAtMs: Date.now(), createdBy, keys: [] };
}

/** Throws where the key would change whom it stands for. */
function withKey(agent: Agent, { groups, tenant, owner }: WantedAgent, key: AgentKey): Agent {
  // Whoever could name another owner could then decide what their own agent asks.
  if (owner !== undefined && owner !== agent.owner) {
    throw new RpcError(
      "failed-precondition",
      `agent ${agent.id} exists with ${agent.owner === undefined ? "no owner" : `the owner ${agent.owner}`}: leave the owner out for a further key, or revoke the agent first`,
    );
  }
  if (tenant !== undefined && tenant !== agent.tenant) {
    throw new RpcError(
      "failed-precondition",
      `agent ${agent.id} exists with ${agent.tenant === undefined ? "no tenant" : `the tenant ${agent.tenant}`}: leave the tenant out for a further key, or revoke the agent first`,
    );
  }
  // A further key never changes the groups: the keys that are out would gain or lose rights unseen.
  if (groups.length > 0 && groups.join() !== agent.groups.join()) {
    throw new RpcError(
      "failed-precondition",
      `agent ${agent.id} exists with the groups [${agent.groups.join(", ")}]: leave the groups out for a further key, or revoke the agent first`,
    );
  }
  return addKey(agent, key);
}

function toMessage(
  agent: Agent,
  uses: ReadonlyMap<string, number> = new Map(),
): MessageInitShape<typeof AgentRecordSchema> {
  return {
    id: agent.id,
    groups: [...agent.groups],
    tenant: agent.tenant ?? "",
    owner: agent.owner ?? "",
    createdAt: timestampFromMs(agent.createdAtMs),
    createdBy: agent.createdBy,
    keys: agent.keys.map((key) => toKeyMessage(key, uses.get(key.digest))),
  };
}

function toKeyMessage(key: AgentKey, usedAtMs: number | undefined) {
  const { hint, createdAtMs, expiresAtMs, secretId } = key;
  return {
    hint,
    createdAt: timestampFromMs(createdAtMs),
    ...(expiresAtMs !== undefined && { expiresAt: timestampFromMs(expiresAtMs) }),
    ...(usedAtMs !== undefined && { lastUsedAt: timestampFromMs(usedAtMs) }),
    isOldForm: secretId === undefined,
  };
}
