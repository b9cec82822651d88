import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Handlers } from "../../core/grpc/service.ts";
import { createToken, digestToken, hintOf } from "../../core/secrets/tokens.ts";
import type {
  AgentRecordSchema,
  AgentService,
  CreateAgentRequest,
} from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import type { ActRecorder } from "../audit/act-recorder.ts";
import { assertName, parseGroups } from "../names.ts";
import type { OperatorGate } from "../operators/operator-gate.ts";
import type { Agent, AgentKey, AgentStore } from "./agent-store.ts";

export interface AgentServiceOptions {
  readonly agents: AgentStore;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
}

const maxAgents = 20_000;
const maxKeysPerAgent = 20;
/** The principal of calls without credentials. */
const anonymousId = "anonymous";

/** Serves the table of agents. */
export function createAgentService(options: AgentServiceOptions): Handlers<typeof AgentService> {
  const { agents, operators, acts } = options;
  return {
    async createAgent(request, context) {
      const wanted = parseRequest(request);
      await assertRoom(agents);
      const key = createToken("agent-key");
      const operator = operators.operatorOf(context).name;
      const { id, expiresAtMs } = wanted;
      const details = {
        agent: id,
        keyHint: hintOf(key),
        groups: wanted.groups.join(","),
        ...(wanted.tenant !== undefined && { tenant: wanted.tenant }),
        ...(wanted.owner !== undefined && { owner: wanted.owner }),
        ...(expiresAtMs && { expiresAt: new Date(expiresAtMs).toISOString() }),
      };
      const event = (await agents.has(id)) ? "agent.key-created" : "agent.created";
      const act = { event, operator, context, entry: { details } };
      const agent = await acts.perform(act, async () => {
        const { before, after } = await agents.change(id, (found) =>
          withKey(found ?? newAgent(wanted, operator), wanted, newKey(key, expiresAtMs)),
        );
        if (!after) throw new Error(`agent ${id} was not written`);
        const entry = { event: before ? "agent.key-created" : "agent.created" };
        return { value: after, entry };
      });
      return { agent: toMessage(agent), key };
    },

    async listAgents() {
      const { agents: all } = await agents.snapshot();
      return { agents: all.map(toMessage) };
    },

    async revokeAgent({ id }, context) {
      const operator = operators.operatorOf(context).name;
      const act = { event: "agent.revoked", operator, context, entry: { details: { agent: id } } };
      const revoked = await acts.perform(act, async () => {
        const { before } = await agents.change(id, () => undefined);
        if (before) return { value: before };
        throw new RpcError("not-found", `there is no agent ${id}`);
      });
      return { agent: toMessage(revoked) };
    },
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
  if (!expiresAt) return wanted;
  const expiresAtMs = timestampMs(expiresAt);
  if (expiresAtMs > Date.now()) return { ...wanted, expiresAtMs };
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

function newKey(key: string, expiresAtMs: number | undefined): AgentKey {
  return {
    hint: hintOf(key),
    digest: digestToken(key).toString("hex"),
    createdAtMs: Date.now(),
    ...(expiresAtMs && { expiresAtMs }),
  };
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
  const nowMs = Date.now();
  const keys = agent.keys.filter((it) => it.expiresAtMs === undefined || it.expiresAtMs > nowMs);
  if (keys.length >= maxKeysPerAgent) {
    throw new RpcError(
      "resource-exhausted",
      `agent ${agent.id} has ${keys.length} keys: revoke it, then create it anew`,
    );
  }
  return { ...agent, keys: [...keys, key] };
}

function toMessage(agent: Agent): MessageInitShape<typeof AgentRecordSchema> {
  return {
    id: agent.id,
    groups: [...agent.groups],
    tenant: agent.tenant ?? "",
    owner: agent.owner ?? "",
    createdAt: timestampFromMs(agent.createdAtMs),
    createdBy: agent.createdBy,
    keys: agent.keys.map(({ hint, createdAtMs, expiresAtMs }) => ({
      hint,
      createdAt: timestampFromMs(createdAtMs),
      ...(expiresAtMs && { expiresAt: timestampFromMs(expiresAtMs) }),
    })),
  };
}
