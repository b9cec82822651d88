import { digestToken, hintOf } from "../../core/secrets/tokens.ts";
import type { AgentTable } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { Principal } from "../call/agent-request.ts";

interface KnownKey {
  readonly principal: Principal;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Every agent that may call, in memory: no call asks Redis who it is. Replaced whole by the control plane. */
export class AgentDirectory {
  #revision = -1;
  #keys: ReadonlyMap<string, KnownKey> = new Map();
  #ids: ReadonlySet<string> = new Set();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Takes a table into use, unless it is older than the one in use. Says whether it did. */
  replace(table: AgentTable): boolean {
    const revision = Number(table.revision);
    if (revision < this.#revision) return false;
    this.#revision = revision;
    const keys = new Map<string, KnownKey>();
    for (const { id, groups, tenant, keys: agentKeys } of table.agents) {
      const principal: Principal = { agent: id, groups, ...(tenant !== "" && { tenant }) };
      for (const { sha256, expiresAt } of agentKeys) {
        const expiresAtMs = expiresAt
          ? Number(expiresAt.seconds) * 1_000
          : Number.POSITIVE_INFINITY;
        keys.set(Buffer.from(sha256).toString("hex"), { principal, expiresAt: expiresAtMs });
      }
    }
    this.#keys = keys;
    this.#ids = new Set(table.agents.map(({ id }) => id));
    return true;
  }

  /** Whether there is such an agent. */
  has(agent: string): boolean {
    return this.#ids.has(agent);
  }

  /** Whether an agent still has a valid key, its tenant and the groups that it had. */
  isCurrent({ agent, groups, tenant }: Principal): boolean {
    const keys = [...this.#keys.values()].filter(({ principal }) => principal.agent === agent);
    return keys.some(
      ({ principal, expiresAt }) =>
        expiresAt > this.#now() &&
        principal.tenant === tenant &&
        groups.every((group) => principal.groups.includes(group)),
    );
  }

  /**
   * Whose key this is. Keys are found by their digest, so comparing takes the same time
   * for every wrong key, however near it is to a right one.
   */
  findByKey(key: string): Principal | undefined {
    const known = this.#keys.get(digestToken(key).toString("hex"));
    if (!known || known.expiresAt <= this.#now()) return undefined;
    const { principal, expiresAt } = known;
    const isForever = expiresAt === Number.POSITIVE_INFINITY;
    const login = {
      method: "api-key",
      key: hintOf(key),
      ...(!isForever && { expiresAt }),
    } as const;
    return { ...principal, login };
  }
}
