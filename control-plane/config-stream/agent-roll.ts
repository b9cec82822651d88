import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type AgentChanges,
  AgentChangesSchema,
  type AgentIdentity,
  AgentIdentitySchema,
  type AgentTable,
  AgentTableSchema,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { Agent, AgentSnapshot } from "../agents/agent-store.ts";

/** One change of one agent, as Redis announces it. */
export interface AgentChange {
  readonly from: number;
  readonly revision: number;
  readonly id: string;
}

/** Proxies that are further behind are sent the whole table. */
const maxChanges = 1_000;

/** Every agent that may call, as the proxies are told of them: the whole table, or what became of the one that they have. */
export class AgentRoll {
  #revision: number;
  readonly #identities: Map<string, AgentIdentity>;
  #table: AgentTable | undefined;
  /** One leads to the next; the last one to the revision that is held. */
  readonly #changes: AgentChange[] = [];

  constructor({ revision, agents }: AgentSnapshot) {
    this.#revision = revision;
    this.#identities = new Map(agents.map((agent) => [agent.id, toIdentity(agent)]));
  }

  get revision(): number {
    return this.#revision;
  }

  /** The whole of it. */
  get table(): AgentTable {
    this.#table ??= create(AgentTableSchema, {
      revision: BigInt(this.#revision),
      agents: [...this.#identities.values()],
    });
    return this.#table;
  }

  /** Goes along with changes that begin at its revision. `agents`: those that they name, as they are now or later. */
  follow(changes: readonly AgentChange[], agents: ReadonlyMap<string, Agent>): void {
    for (const { id, revision } of changes) {
      const agent = agents.get(id);
      if (agent) this.#identities.set(id, toIdentity(agent));
      else this.#identities.delete(id);
      this.#revision = revision;
    }
    this.#changes.push(...changes);
    this.#changes.splice(0, this.#changes.length - maxChanges);
    this.#table = undefined;
  }

  /** What became of the table of that revision. Undefined: that is not known. */
  changesSince(revision: number): AgentChanges | undefined {
    const start = this.#changes.findIndex(({ from }) => from === revision);
    if (start < 0) return undefined;
    const ids = [...new Set(this.#changes.slice(start).map(({ id }) => id))];
    return create(AgentChangesSchema, {
      from: BigInt(revision),
      revision: BigInt(this.#revision),
      agents: ids.flatMap((id) => this.#identities.get(id) ?? []),
      removed: ids.filter((id) => !this.#identities.has(id)),
    });
  }
}

function toIdentity({ id, groups, tenant, keys }: Agent): AgentIdentity {
  return create(AgentIdentitySchema, {
    id,
    groups: [...groups],
    tenant: tenant ?? "",
    keys: keys.map(({ digest, secretId, expiresAtMs }) => ({
      ...(secretId === undefined
        ? { sha256: Buffer.from(digest, "hex") }
        : { hmac: Buffer.from(digest, "hex"), secretId }),
      ...(expiresAtMs && { expiresAt: timestampFromMs(expiresAtMs) }),
    })),
  });
}
