import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { ClientInfo } from "../mcp/client-info.ts";

/** What a session of ours stands for. */
export interface SealedSession {
  readonly agent: string;
  readonly route: string;
  readonly upstream: string;
  /** The upstream's own session id, or what stands for those of several. */
  readonly upstreamSession: string;
  /** What the agent's program said of itself when the session began. */
  readonly client?: ClientInfo;
}

/** The one to whom a session id must belong. */
export type SessionHolder = Pick<SealedSession, "agent" | "route" | "upstream">;

const format = 1;
/** Session ids travel as a header: names of programs are short. */
const maxClientText = 100;
const keyIdBytes = 4;
const ivBytes = 12;
const tagBytes = 16;
const headBytes = 1 + keyIdBytes + ivBytes;
/** A session with several upstreams holds the ids of all of them. */
const maxEnvelopeLength = 8_192;

/**
 * Makes session ids that any proxy can open and none has to remember: an envelope (AES-256-GCM)
 * around the upstream's session id, bound to the agent, the route and the upstream.
 * Whoever steals one and is another agent has nothing.
 */
export class SessionSeal {
  readonly #keys: readonly { readonly id: Buffer; readonly key: Buffer }[];
  readonly #lifetimeMs: number;
  readonly #now: () => number;

  /** The first key seals, every key opens: a new one is put first, and the old one stays for a lifetime. */
  constructor(options: {
    readonly keys: readonly Buffer[];
    readonly lifetimeMs: number;
    readonly now?: () => number;
  }) {
    this.#keys = options.keys.map((key) => {
      if (key.length !== 32) throw new Error("a session key must have 32 bytes");
      return { key, id: createHash("sha256").update(key).digest().subarray(0, keyIdBytes) };
    });
    this.#lifetimeMs = options.lifetimeMs;
    this.#now = options.now ?? Date.now;
  }

  seal({ agent, route, upstream, upstreamSession, client }: SealedSession): string {
    const [first] = this.#keys;
    if (!first) throw new Error("there is no session key");
    const head = Buffer.concat([Buffer.from([format]), first.id, randomBytes(ivBytes)]);
    const cipher = createCipheriv("aes-256-gcm", first.key, head.subarray(1 + keyIdBytes));
    cipher.setAAD(head);
    const known = [agent, route, upstream, upstreamSession, this.#now()];
    const content = JSON.stringify(client ? [...known, shortened(client)] : known);
    const sealed = Buffer.concat([cipher.update(content, "utf8"), cipher.final()]);
    return Buffer.concat([head, sealed, cipher.getAuthTag()]).toString("base64url");
  }

  /**
   * The upstream's session id, or undefined when the envelope is not ours, is too old, or belongs to
   * another agent, route or upstream: to its presenter all of these are a session that does not exist.
   */
  open(envelope: string, owner: SessionHolder): string | undefined {
    return this.openWhole(envelope, owner)?.upstreamSession;
  }

  /** The same, with all that the envelope holds. */
  openWhole(envelope: string, owner: SessionHolder): SealedSession | undefined {
    if (envelope.length > maxEnvelopeLength) return undefined;
    const content = this.#decrypt(Buffer.from(envelope, "base64url"));
    if (!content) return undefined;
    const [agent, route, upstream, upstreamSession, sealedAt, client] = JSON.parse(content);
    const isOwners = agent === owner.agent && route === owner.route && upstream === owner.upstream;
    const isFresh = this.#now() - sealedAt < this.#lifetimeMs;
    if (!isOwners || !isFresh) return undefined;
    return { agent, route, upstream, upstreamSession, ...(client && { client }) };
  }

  #decrypt(bytes: Buffer): string | undefined {
    if (bytes.length <= headBytes + tagBytes || bytes[0] !== format) return undefined;
    const id = bytes.subarray(1, 1 + keyIdBytes);
    const known = this.#keys.find((candidate) => candidate.id.equals(id));
    if (!known) return undefined;
    const iv = bytes.subarray(1 + keyIdBytes, headBytes);
    const decipher = createDecipheriv("aes-256-gcm", known.key, iv, { authTagLength: tagBytes });
    decipher.setAAD(bytes.subarray(0, headBytes));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    try {
      const content = decipher.update(bytes.subarray(headBytes, -tagBytes));
      return Buffer.concat([content, decipher.final()]).toString("utf8");
    } catch {
      return undefined;
    }
  }
}

/** Whole or not at all: the half of a text may hold half a secret. */
function shortened({ name = "", version = "" }: ClientInfo): ClientInfo {
  return {
    ...(name !== "" && name.length <= maxClientText && { name }),
    ...(version !== "" && version.length <= maxClientText && { version }),
  };
}
