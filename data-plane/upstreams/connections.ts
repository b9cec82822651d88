import { createHash } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { Agent } from "undici";
import {
  connectTimeoutMs,
  guardedConnector,
  type Lookup,
} from "../../core/net/guarded-connector.ts";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { CredentialReader } from "./credentials.ts";
import { UpstreamError } from "./upstream-error.ts";

/** What a server proves to be. */
export type ServerProof =
  /** SHA-256 over the SubjectPublicKeyInfo, in hex. */
  | { readonly name: "certificate"; readonly said: { readonly publicKey: string } }
  /** Of a command, as its bridge tells. */
  | { readonly name: "program"; readonly said: Readonly<Record<string, unknown>> };

/** Judges whether servers are who they were. */
export interface KeyJudge {
  meet(upstream: CompiledUpstream, proof: ServerProof): Promise<boolean>;
  /** Whether a connection that was good still is. */
  isGood(upstream: CompiledUpstream, publicKey: string): boolean;
}

interface ConnectionsOptions {
  readonly credentials: CredentialReader;
  /** The system's way when absent. */
  readonly lookup?: Lookup | undefined;
  /** Absent: what TLS trusts is good. */
  readonly keys?: KeyJudge | undefined;
}

interface Connected {
  readonly agent: Agent;
  /** Public keys that its connections were seen with. */
  readonly publicKeys: Set<string>;
}

/** More than most policies have upstreams; the one that was used longest ago makes room. */
const maxAgents = 500;
const keepAliveTimeout = 30_000;

/** Keeps connections to upstreams open, apart by what they may reach and by what they prove. */
export class Connections {
  /** The one used last stands last. */
  readonly #agents = new Map<string, Connected>();
  readonly #leaving = new Set<Agent>();
  readonly #options: ConnectionsOptions;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  agentFor(upstream: CompiledUpstream): Agent {
    const { keys } = this.#options;
    const key = keyOf(upstream, keys !== undefined);
    const known = this.#agents.get(key);
    const isGood = [...(known?.publicKeys ?? [])].every((one) => keys?.isGood(upstream, one));
    if (known && !isGood) this.#drop(key, known);
    const connected = known && isGood ? known : this.#connect(upstream);
    this.#agents.delete(key);
    this.#agents.set(key, connected);
    if (this.#agents.size > maxAgents) this.#dropOldest();
    return connected.agent;
  }

  async close(): Promise<void> {
    const agents = [...this.#agents.values()].map(({ agent }) => agent);
    const leaving = [...this.#leaving];
    this.#agents.clear();
    await Promise.all([...agents, ...leaving].map((agent) => agent.destroy()));
  }

  #connect(upstream: CompiledUpstream): Connected {
    const { target, network, tls } = upstream;
    const publicKeys = new Set<string>();
    // The bridge is a setting of this proxy, not of the policy: it lies wherever the operator put it.
    if (target.kind === "command") {
      const connect = { timeout: connectTimeoutMs };
      return { agent: new Agent({ keepAliveTimeout, connect }), publicKeys };
    }
    const { credentials, lookup, keys } = this.#options;
    const connect = guardedConnector({
      network,
      readTls: () => (tls ? credentials.tlsFor(tls) : {}),
      ...(tls?.serverName && { serverName: tls.serverName }),
      ...(lookup && { lookup }),
      ...(keys && {
        onSecure: async (socket) => {
          publicKeys.add(await meet(upstream, socket, keys));
        },
      }),
    });
    return { agent: new Agent({ keepAliveTimeout, connect }), publicKeys };
  }

  #dropOldest(): void {
    const [oldest] = this.#agents;
    if (oldest) this.#drop(...oldest);
  }

  /** What is under way on it may finish. */
  #drop(key: string, { agent }: Connected): void {
    this.#agents.delete(key);
    this.#leaving.add(agent);
    void agent.close().finally(() => this.#leaving.delete(agent));
  }
}

/** The public key of the server, where it is good. Nothing was sent yet: no credential reaches a server that is not who it was. */
async function meet(upstream: CompiledUpstream, socket: TLSSocket, keys: KeyJudge) {
  const spki = socket.getPeerX509Certificate()?.publicKey.export({ type: "spki", format: "der" });
  const publicKey = createHash("sha256")
    .update(spki ?? "")
    .digest("hex");
  const proof = { name: "certificate", said: { publicKey } } as const;
  if (spki && (await keys.meet(upstream, proof))) return publicKey;
  throw new UpstreamError(
    `upstream ${upstream.name} proves itself with a key that no operator has accepted`,
  );
}

/** Upstreams that share it may share connections. A server that is held to its key shares none. */
function keyOf({ name, target, network, tls }: CompiledUpstream, isHeld: boolean): string {
  if (target.kind === "command") return "bridge";
  const own = isHeld && /^https:/i.test(target.url) ? [name, target.url] : [];
  return JSON.stringify([network, tls ?? {}, ...own]);
}
