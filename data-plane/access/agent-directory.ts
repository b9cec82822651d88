import { type KeyHasher, keyIdOf, oldDigestOf } from "../../core/secrets/key-hasher.ts";
import { findMisspelling, hintOf } from "../../core/secrets/tokens.ts";
import type {
  AgentChanges,
  AgentIdentity,
  AgentKey,
  AgentTable,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { Principal } from "../call/agent-request.ts";

interface KnownKey {
  readonly id: string;
  /** In hex. */
  readonly digest: string;
  /** Made by an earlier release. */
  readonly isOld: boolean;
  readonly principal: Principal;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

interface KnownAgent {
  readonly principal: Principal;
  readonly keys: readonly KnownKey[];
  /** Keys whose digests were made with a secret that this proxy lacks. */
  readonly unreadableKeys: number;
}

export type FoundKey =
  | { readonly kind: "found"; readonly principal: Principal }
  | { readonly kind: "misspelt"; readonly problem: string }
  | { readonly kind: "unknown" };

/** Whether changes were taken into use, were older than the table, or are those of another one. */
export type ChangeResult = "changed" | "known" | "apart";

/** Uses of so many keys are remembered until they are written; more are not. */
const maxUses = 50_000;

/** Every agent that may call, in memory: no call asks Redis who it is. The control plane tells who they are. */
export class AgentDirectory {
  #revision = -1n;
  /** By digest; those of earlier releases apart, so that none of one kind stands for one of the other. */
  #keys = new Map<string, KnownKey>();
  #oldKeys = new Map<string, KnownKey>();
  #agents = new Map<string, KnownAgent>();
  #unreadableKeys = 0;
  #uses = new Map<string, number>();
  readonly #hasher: KeyHasher;
  readonly #now: () => number;

  constructor(hasher: KeyHasher, now: () => number = Date.now) {
    this.#hasher = hasher;
    this.#now = now;
  }

  /** How many keys have digests that were made with a secret that this proxy lacks. */
  get unreadableKeys(): number {
    return this.#unreadableKeys;
  }

  /** Takes a table into use, unless it is older than the one in use. Says whether it did. */
  replace({ revision, agents }: AgentTable): boolean {
    if (revision < this.#revision) return false;
    this.#revision = revision;
    this.#keys = new Map();
    this.#oldKeys = new Map();
    this.#agents = new Map();
    this.#unreadableKeys = 0;
    for (const agent of agents) this.#add(agent);
    return true;
  }

  /** Takes into use what became of the table in use. */
  change({ from, revision, agents, removed }: AgentChanges): ChangeResult {
    if (revision <= this.#revision) return "known";
    if (from !== this.#revision) return "apart";
    this.#revision = revision;
    for (const id of removed) this.#remove(id);
    for (const agent of agents) {
      this.#remove(agent.id);
      this.#add(agent);
    }
    return "changed";
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

  #add({ id, groups, tenant, keys: listed }: AgentIdentity): void {
    const principal: Principal = { agent: id, groups, ...(tenant !== "" && { tenant }) };
    const keys = listed.map((key): KnownKey => {
      const isOld = key.hmac.length === 0;
      const digest = Buffer.from(isOld ? key.sha256 : key.hmac).toString("hex");
      return { id: keyIdOf(digest), digest, isOld, principal, expiresAt: endOf(key) };
    });
    for (const key of keys) this.#keysLike(key).set(key.digest, key);
    const unreadableKeys = listed.filter((key) => !this.#canRead(key)).length;
    this.#agents.set(id, { principal, keys, unreadableKeys });
    this.#unreadableKeys += unreadableKeys;
  }

  #remove(id: string): void {
    const known = this.#agents.get(id);
    if (!known) return;
    this.#agents.delete(id);
    this.#unreadableKeys -= known.unreadableKeys;
    for (const key of known.keys) this.#keysLike(key).delete(key.digest);
  }

  #keysLike({ isOld }: KnownKey): Map<string, KnownKey> {
    return isOld ? this.#oldKeys : this.#keys;
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
