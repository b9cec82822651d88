import { createHash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { CompiledIdentity, CompiledIssuer } from "../../../core/policy/compiled-identity.ts";
import type { Principal } from "../../call/agent-request.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import { KeysUnavailable } from "./issuer-keys.ts";
import type { KeyRooms } from "./key-rooms.ts";

export type Verification =
  | {
      readonly kind: "verified";
      readonly principal: Principal;
      readonly issuer: CompiledIssuer;
      /** Thumbprint of the certificate that must come with the token (RFC 8705 §3.1). */
      readonly boundTo?: string;
    }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

type Verified = Extract<Verification, { kind: "verified" }>;

/** Public keys only: a secret that both sides know would let every holder of it sign. */
const algorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Access tokens (RFC 9068), and what issuers write that are older than it. Other kinds stand for something else. */
const types = /^(application\/)?(at\+jwt|jwt)$/i;
const maxTokenLength = 12_288;
const maxScopes = 256;
const maxRemembered = 10_000;
const rememberedForMs = 5 * 60_000;

/** Verifies access tokens, and remembers for some minutes what it verified: by digest, never the token. */
export class TokenVerifier {
  readonly #rooms: Pick<KeyRooms, "keysOf">;
  readonly #now: () => number;
  /** Of one policy: another may read the same claims otherwise. The one added last stands last. */
  #remembered = new Map<string, { readonly verified: Verified; readonly untilMs: number }>();
  #identity: CompiledIdentity | undefined;

  constructor(rooms: Pick<KeyRooms, "keysOf">, now: () => number = Date.now) {
    this.#rooms = rooms;
    this.#now = now;
  }

  /** Says whom a token stands for. `audience` stands in place of the issuer's own. */
  async verify(
    token: string,
    identity: CompiledIdentity,
    audience: string | undefined,
  ): Promise<Verification> {
    if (token.length > maxTokenLength) {
      return refused(`the token is longer than ${maxTokenLength} characters`);
    }
    const key = createHash("sha256")
      .update(`${audience ?? ""}\0${token}`)
      .digest("base64");
    return this.#recall(key, identity) ?? (await this.#verify(token, { identity, audience, key }));
  }

  async #verify(
    token: string,
    asked: { identity: CompiledIdentity; audience: string | undefined; key: string },
  ): Promise<Verification> {
    const issuer = issuerOf(token, asked.identity);
    if (!issuer) return refused("the token is not of an issuer that the policy names");
    try {
      const { payload } = await jwtVerify(token, this.#rooms.keysOf(issuer).find, {
        issuer: issuer.issuer,
        audience: asked.audience ?? issuer.audience,
        algorithms,
        clockTolerance: Math.ceil(issuer.clockSkewMs / 1_000),
        requiredClaims: ["exp"],
        currentDate: new Date(this.#now()),
      });
      const verification = understand(payload, issuer);
      if (verification.kind === "verified") this.#remember(asked, verification);
      return verification;
    } catch (error) {
      if (error instanceof KeysUnavailable) {
        return { kind: "unavailable", reason: "the keys of the token's issuer cannot be fetched" };
      }
      if (error instanceof errors.JOSEError) return refused(reasonOf(error));
      throw error;
    }
  }

  #recall(key: string, identity: CompiledIdentity): Verified | undefined {
    if (this.#identity !== identity) return undefined;
    const known = this.#remembered.get(key);
    if (known && known.untilMs > this.#now()) return known.verified;
    this.#remembered.delete(key);
    return undefined;
  }

  #remember({ identity, key }: { identity: CompiledIdentity; key: string }, verified: Verified) {
    if (this.#identity !== identity) {
      this.#identity = identity;
      this.#remembered = new Map();
    }
    const expiresAt = verified.principal.login?.expiresAt ?? 0;
    const untilMs = Math.min(expiresAt, this.#now() + rememberedForMs);
    this.#remembered.set(key, { verified, untilMs });
    if (this.#remembered.size <= maxRemembered) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }
}

/** What the token says of itself, before anything of it is believed: it only chooses by whose keys it is verified. */
function issuerOf(token: string, { issuers }: CompiledIdentity): CompiledIssuer | undefined {
  try {
    const { typ } = decodeProtectedHeader(token);
    const isAccessToken = typ === undefined || (typeof typ === "string" && types.test(typ));
    return isAccessToken ? issuers.get(decodeJwt(token).iss ?? "") : undefined;
  } catch {
    return undefined;
  }
}

function understand(payload: JWTPayload, issuer: CompiledIssuer): Verification {
  const bound = payload["cnf"];
  const bonds = isObject(bound) ? bound : {};
  const boundTo = bonds["x5t#S256"];
  // Whoever stole a token that is bound to a key must not be served without that key.
  if (bound !== undefined && (typeof boundTo !== "string" || Object.keys(bonds).length > 1)) {
    return refused("the token is bound to a key in a way that the gateway does not know");
  }
  const read = issuer.readClaims(payload);
  if (!read.ok) return refused(`the token is good, but ${read.reason}`);
  const scopes = scopesIn(payload);
  if (!scopes) return refused("the token's scopes are malformed");
  const expiresAt = (payload.exp ?? 0) * 1_000 + issuer.clockSkewMs;
  const delegation = delegationIn(payload);
  const login = {
    method: "jwt",
    issuer: issuer.issuer,
    scopes,
    expiresAt,
    ...(delegation.length > 0 && { delegation }),
  } as const;
  const verified: Verified = { kind: "verified", principal: { ...read.caller, login }, issuer };
  return typeof boundTo === "string" ? { ...verified, boundTo } : verified;
}

const maxActors = 10;
const maxActorLength = 256;

/** For the records only: who acts does not decide what may be done. An actor that names nobody ends the chain. */
function delegationIn({ act }: JWTPayload): { subject: string; issuer?: string }[] {
  const actors: { subject: string; issuer?: string }[] = [];
  for (let actor = act; isObject(actor) && actors.length < maxActors; actor = actor["act"]) {
    const { sub, iss } = actor;
    if (typeof sub !== "string") break;
    const issuer = typeof iss === "string" && { issuer: iss.slice(0, maxActorLength) };
    actors.push({ subject: sub.slice(0, maxActorLength), ...issuer });
  }
  return actors;
}

/** `scope` is one text (RFC 9068 §2.2.3); some issuers write a list, or `scp`. */
function scopesIn(payload: JWTPayload): readonly string[] | undefined {
  const found = payload["scope"] ?? payload["scp"] ?? [];
  const scopes = typeof found === "string" ? found.split(" ").filter((it) => it !== "") : found;
  const isList = Array.isArray(scopes) && scopes.length <= maxScopes;
  return isList && scopes.every((it) => typeof it === "string") ? scopes : undefined;
}

/** In our own words: what jose says may repeat parts of the token. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "the token has expired: get a new one";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "aud") return "the token was issued for another audience";
    if (error.claim === "nbf") return "the token is not valid yet";
    return "a claim that every token needs (iss, aud, exp) is missing or wrong";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return "the token is signed in a way that is not accepted: a public key of its issuer must verify it";
  }
  return "the token's signature cannot be verified";
}

function refused(reason: string): Verification {
  return { kind: "refused", reason };
}
