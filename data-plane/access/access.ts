import type { CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import { SecretReader } from "../../core/secrets/secret-reader.ts";
import type { Env } from "../../core/service/env.ts";
import type { Logger } from "../../core/service/log.ts";
import type { Principal } from "../call/agent-request.ts";
import { AgentDirectory } from "./agent-directory.ts";
import { Authenticator } from "./authenticate.ts";
import { KeyRooms } from "./jwt/key-rooms.ts";
import { TokenVerifier } from "./jwt/token-verifier.ts";

/** Everything by which a proxy knows who calls. */
export class Access {
  readonly agents = new AgentDirectory();
  readonly authenticator: Authenticator;
  readonly #keyRooms: KeyRooms;
  #policy: CompiledPolicy | undefined;

  constructor(parts: { readonly env: Env; readonly log: Logger }) {
    this.#keyRooms = new KeyRooms({ secrets: new SecretReader(parts.env), log: parts.log });
    const tokens = new TokenVerifier(this.#keyRooms);
    this.authenticator = new Authenticator({ agents: this.agents, tokens });
  }

  /** Another policy is in use. */
  follow(policy: CompiledPolicy): void {
    this.#policy = policy;
    this.#keyRooms.follow(policy.identity);
  }

  /** Whether an agent that was let in would still be. */
  readonly isCurrent = (principal: Principal): boolean =>
    this.authenticator.isCurrent(principal, this.#policy);

  async close(): Promise<void> {
    await this.#keyRooms.close();
  }
}
