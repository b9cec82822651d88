import { Agent } from "undici";
import {
  connectTimeoutMs,
  guardedConnector,
  type Lookup,
} from "../../core/net/guarded-connector.ts";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { CredentialReader } from "./credentials.ts";

/** More kinds of connections than a policy has; the one that was used longest ago makes room. */
const maxAgents = 100;
const keepAliveTimeout = 30_000;

/** Keeps connections to upstreams open, apart by what they may reach and by what they prove. */
export class Connections {
  /** The one used last stands last. */
  readonly #agents = new Map<string, Agent>();
  readonly #leaving = new Set<Agent>();
  readonly #credentials: CredentialReader;
  readonly #lookup: Lookup | undefined;

  constructor(credentials: CredentialReader, lookup?: Lookup) {
    this.#credentials = credentials;
    this.#lookup = lookup;
  }

  agentFor(upstream: CompiledUpstream): Agent {
    const key = keyOf(upstream);
    const agent = this.#agents.get(key) ?? this.#agentOf(upstream);
    this.#agents.delete(key);
    this.#agents.set(key, agent);
    if (this.#agents.size > maxAgents) this.#dropOldest();
    return agent;
  }

  async close(): Promise<void> {
    const agents = [...this.#agents.values(), ...this.#leaving];
    this.#agents.clear();
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  #agentOf({ target, network, tls }: CompiledUpstream): Agent {
    // The bridge is a setting of this proxy, not of the policy: it lies wherever the operator put it.
    if (target.kind === "command") {
      return new Agent({ keepAliveTimeout, connect: { timeout: connectTimeoutMs } });
    }
    const connect = guardedConnector({
      network,
      readTls: () => (tls ? this.#credentials.tlsFor(tls) : {}),
      ...(tls?.serverName && { serverName: tls.serverName }),
      ...(this.#lookup && { lookup: this.#lookup }),
    });
    return new Agent({ keepAliveTimeout, connect });
  }

  /** What is under way on it may finish. */
  #dropOldest(): void {
    const [oldest] = this.#agents;
    if (!oldest) return;
    const [key, agent] = oldest;
    this.#agents.delete(key);
    this.#leaving.add(agent);
    void agent.close().finally(() => this.#leaving.delete(agent));
  }
}

/** Upstreams that share it may share connections. */
function keyOf({ target, network, tls }: CompiledUpstream): string {
  return target.kind === "command" ? "bridge" : JSON.stringify([network, tls ?? {}]);
}
