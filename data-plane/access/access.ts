import type { Redis } from "ioredis";
import type { CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import { KeyHasher } from "../../core/secrets/key-hasher.ts";
import { SecretReader } from "../../core/secrets/secret-reader.ts";
import type { Env } from "../../core/service/env.ts";
import type { Logger } from "../../core/service/log.ts";
import type { AgentChanges, AgentTable } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { Principal } from "../call/agent-request.ts";
import { AgentDirectory, type ChangeResult } from "./agent-directory.ts";
import { Authenticator } from "./authenticate.ts";
import { KeyRooms } from "./jwt/key-rooms.ts";
import { TokenVerifier } from "./jwt/token-verifier.ts";
import { KeyUsage } from "./key-usage.ts";

/** Everything by which a proxy knows who calls. */
export class Access {
  readonly agents: AgentDirectory;
  readonly authenticator: Authenticator;
  readonly #keyRooms: KeyRooms;
  readonly #log: Logger;
  #policy: CompiledPolicy | undefined;

  constructor(parts: {
    readonly env: Env;
    readonly log: Logger;
    readonly settings: { readonly keySecrets: readonly Buffer[]; readonly joinToken: string };
  }) {
    const { keySecrets, joinToken } = parts.settings;
    this.#log = parts.log;
    this.agents = new AgentDirectory(new KeyHasher(keySecrets, joinToken));
    this.#keyRooms = new KeyRooms({ secrets: new SecretReader(parts.env), log: parts.log });
    const tokens = new TokenVerifier(this.#keyRooms);
    this.authenticator = new Authenticator({ agents: this.agents, tokens });
  }

  /** The agents, as the control plane tells of them. `onChange`: other agents may call than before. */
  agentsIn(onChange: () => void): {
    replace(table: AgentTable): boolean;
    change(changes: AgentChanges): ChangeResult;
  } {
    return {
      replace: (table) => {
        const isNew = this.agents.replace(table);
        if (isNew) {
          this.#reportUnreadable(0);
          onChange();
        }
        return isNew;
      },
      change: (changes) => {
        const before = this.agents.unreadableKeys;
        const result = this.agents.change(changes);
        if (result === "changed") {
          this.#reportUnreadable(before);
          onChange();
        }
        return result;
      },
    };
  }

  #reportUnreadable(before: number): void {
    const { unreadableKeys } = this.agents;
    if (unreadableKeys > before) {
      this.#log.error(
        { unreadableKeys },
        "keys of agents cannot be recognised here: MCPGW_KEY_SECRETS must be the same as at the control plane",
      );
    }
  }

  /** Another policy is in use. */
  follow(policy: CompiledPolicy): void {
    this.#policy = policy;
    this.#keyRooms.follow(policy.identity);
  }

  /** Whether an agent that was let in would still be. */
  readonly isCurrent = (principal: Principal): boolean =>
    this.authenticator.isCurrent(principal, this.#policy);

  /** Writes now and then when keys were used, until the returned function is called. `redis`: for purpose "durable". */
  recordUses(redis: Redis): () => Promise<void> {
    const usage = new KeyUsage({ redis, agents: this.agents, log: this.#log });
    return () => usage.close();
  }

  async close(): Promise<void> {
    await this.#keyRooms.close();
  }
}
