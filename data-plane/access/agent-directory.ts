import { type KeyHasher, keyIdOf, oldDigestOf } from "../../core/secrets/key-hasher.ts";
import { findMisspelling, hintOf } from "../../core/secrets/tokens.ts";
import type { AgentKey, AgentTable } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { Principal } from "../call/agent-request.ts";

interface KnownKey {
  readonly id: string;
  readonly principal: Principal;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

interface KnownAgent {
  readonly principal: Principal;
  readonly keys: readonly KnownKey[];
}

export type FoundKey =
  | { readonly kind: "found"; readonly principal: Principal }
  | { readonly kind: "misspelt"; readonly problem: string }
  | { readonly kind: "unknown" };

/** Uses of so many keys are remembered until they are written; more are not. */
const maxUses = 50_000;

/** Every agent that may call, in memory: no call asks Redis who it is. Replaced whole by the control plane. */
export class AgentDirectory {
  /** Of keys whose digests were made with a secret that this proxy lacks. */
  unreadableKeys = 0;
  #revision = -1;
  /** By digest, in hex; those of earlier releases apart, so that none of one kind stands for one of the other. */
  #keys: ReadonlyMap<string, KnownKey> = new Map();
  #oldKeys: ReadonlyMap<string, KnownKey> = new Map();
  #agents: ReadonlyMap<string, KnownAgent> = new Map();
  #uses = new Map<string, number>();
  readonly #hasher: KeyHasher;
  readonly #now: () => number;

  constructor(hasher: KeyHasher, now: () => number = Date.now) {
    this.#hasher = hasher;
    this.#now = now;
  }

  /** Takes a table into use, unless it is older than the one in use. Says whether it did. */
  replace(table: AgentTable): boolean {
    const revision = Number(table.revision);
    if (revision < this.#revision) return false;
    this.#revision = revision;
    const keys = new Map<string, KnownKey>();
    const oldKeys = new Map<string, KnownKey>();
    const agents = new Map<string, KnownAgent>();
    this.unreadableKeys = 0;
    for (const { id, groups, tenant, keys: listed } of table.agents) {
      const principal: Principal = { agent: id, groups, ...(tenant !== "" && { tenant }) };
      const known = listed.map((key) => {
        const isOld = key.hmac.length === 0;
        const digest = Buffer.from(isOld ? key.sha256 : key.hmac).toString("hex");
        const entry = { id: keyIdOf(digest), principal, expiresAt: endOf(key) };
        (isOld ? oldKeys : keys).set(digest, entry);
        return entry;
      });
      this.unreadableKeys += listed.filter((key) => !this.#canRead(key)).length;
      agents.set(id, { principal, keys: known });
    }
    this.#keys = keys;
    this.#oldKeys = oldKeys;
    this.#agents = agents;
    return true;
  }

  /** Whether there is such an agent. */
  has(agent: string): boolean {
    return this.#agents.has(agent);
  }

  /** Whether an agent still has a valid key, its tenant and the groups that it had. */
  isCurrent({ agent, groups, tenant }: Principal): boolean {
    const known = this.#agents.get(agent);
    if (!known) return false;
    return (
      known.keys.some(({ expiresAt }) => expiresAt > this.#now()) &&
      known.principal.tenant === tenant &&
      groups.every((group) => known.principal.groups.includes(group))
    );
  }

  /**
   * Whose key this is. Keys are found by their digest, so comparing takes the same time
   * for every wrong key, however near it is to a right one.
   */
  findByKey(key: string): FoundKey {
    const problem = findMisspelling(key);
    if (problem !== undefined) return { kind: "misspelt", problem };
    const known = this.#find(key);
    const now = this.#now();
    if (!known || known.expiresAt <= now) return { kind: "unknown" };
    if (this.#uses.size < maxUses) this.#uses.set(known.id, now);
    const { principal, expiresAt } = known;
    const isForever = expiresAt === Number.POSITIVE_INFINITY;
    const login = {
      method: "api-key",
      key: hintOf(key),
      ...(!isForever && { expiresAt }),
    } as const;
    return { kind: "found", principal: { ...principal, login } };
  }

  /** When which keys were used, in milliseconds, since this was asked last. */
  takeUses(): ReadonlyMap<string, number> {
    const uses = this.#uses;
    this.#uses = new Map();
    return uses;
  }

  #canRead({ hmac, secretId }: AgentKey): boolean {
    return hmac.length === 0 || this.#hasher.knows(secretId);
  }

  #find(key: string): KnownKey | undefined {
    for (const digest of this.#hasher.possible(key)) {
      const known = this.#keys.get(digest);
      if (known) return known;
    }
    return this.#oldKeys.size > 0 ? this.#oldKeys.get(oldDigestOf(key)) : undefined;
  }
}

function endOf({ expiresAt }: AgentKey): number {
  return expiresAt ? Number(expiresAt.seconds) * 1_000 : Number.POSITIVE_INFINITY;
}
