import type { CompiledPolicy, CompiledRoute } from "../../core/policy/compiled-policy.ts";
import { anonymous, type Principal } from "../call/agent-request.ts";
import { PresentedToken } from "../call/presented-token.ts";
import { lacksScopes } from "../call/scopes.ts";
import type { AgentDirectory, FoundKey } from "./agent-directory.ts";
import type { LoginError } from "./challenge.ts";
import { type ClientCertificate, dnsNameOf, spiffeIdOf } from "./client-certificate.ts";
import type { TokenVerifier } from "./jwt/token-verifier.ts";
import { findCredentials, type Presented } from "./presented.ts";

export type AuthenticationResult =
  | { readonly ok: true; readonly principal: Principal; readonly token?: PresentedToken }
  | Refused;

interface Refused {
  readonly ok: false;
  readonly status: 400 | 401 | 403 | 503;
  readonly reason: string;
  /** Absent: the agent showed nothing. */
  readonly error?: LoginError;
}

interface Scope {
  readonly policy: CompiledPolicy;
  readonly route: CompiledRoute;
  /** Verified, by us or by a balancer that may say so. */
  readonly certificate: ClientCertificate | undefined;
}

const maxKeyLength = 512;
const jwtPattern = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Finds out who calls. */
export class Authenticator {
  readonly #agents: AgentDirectory;
  readonly #tokens: TokenVerifier;

  constructor(parts: { readonly agents: AgentDirectory; readonly tokens: TokenVerifier }) {
    this.#agents = parts.agents;
    this.#tokens = parts.tokens;
  }

  /**
   * A credential that is present must be right, also where anonymous calls are allowed: an agent with
   * a wrong key should learn so rather than be somebody else. Two of them must be of the same agent.
   */
  async authenticate(presented: Presented, scope: Scope): Promise<AuthenticationResult> {
    const credentials = findCredentials(presented);
    if (credentials.kind === "misplaced") {
      return { ok: false, status: 400, reason: credentials.reason, error: "invalid_request" };
    }
    if (credentials.kind === "malformed") return refused(credentials.reason, "invalid_token");
    const bearer =
      credentials.kind === "bearer" ? await this.#byBearer(credentials.value, scope) : undefined;
    if (bearer?.ok === false) return bearer;
    const certified = this.#byCertificate(scope, bearer?.principal.agent);
    if (certified?.ok === false) return certified;
    if (bearer && certified && bearer.principal.agent !== certified.principal.agent) {
      const reason =
        "the client certificate and the Authorization header stand for different agents";
      return { ok: false, status: 400, reason, error: "invalid_request" };
    }
    return bearer ?? certified ?? this.#byNothing(scope);
  }

  /** Whether an agent that was let in would still be. */
  isCurrent(principal: Principal, policy: CompiledPolicy | undefined, now = Date.now()): boolean {
    const { login } = principal;
    if (login?.method === "anonymous") return true;
    if (login?.expiresAt !== undefined && login.expiresAt <= now) return false;
    if (login?.method === "jwt") return policy?.identity.issuers.has(login.issuer ?? "") === true;
    if (login?.method === "mtls") return policy?.identity.mtls !== undefined;
    return this.#agents.isCurrent(principal);
  }

  #byNothing({ policy, route }: Scope): AuthenticationResult {
    if (route.allowsAnonymous) return { ok: true, principal: anonymous };
    const certificate = policy.identity.mtls ? ", or show a client certificate" : "";
    return refused(
      `no credentials: send your agent key or token as \`Authorization: Bearer <key>\`${certificate}`,
    );
  }

  #byBearer(value: string, scope: Scope): Promise<AuthenticationResult> {
    const isToken = scope.policy.identity.issuers.size > 0 && jwtPattern.test(value);
    return isToken ? this.#byToken(value, scope) : Promise.resolve(this.#byKey(value, scope));
  }

  #byKey(key: string, { policy }: Scope): AuthenticationResult {
    const isPossible = policy.identity.acceptsApiKeys && key.length <= maxKeyLength;
    const found: FoundKey = isPossible ? this.#agents.findByKey(key) : { kind: "unknown" };
    if (found.kind === "found") {
      return { ok: true, principal: found.principal, token: new PresentedToken(key) };
    }
    if (found.kind === "misspelt") {
      return refused(
        `the agent key ${found.problem}: copy it whole, or ask for a new one`,
        "invalid_token",
      );
    }
    const reason =
      "the agent key is not known, was revoked, or has expired: ask an operator for one";
    return refused(reason, "invalid_token");
  }

  async #byToken(token: string, scope: Scope): Promise<AuthenticationResult> {
    const { policy, route, certificate } = scope;
    const verification = await this.#tokens.verify(token, policy.identity, route.audience);
    if (verification.kind === "unavailable") {
      return { ok: false, status: 503, reason: verification.reason };
    }
    if (verification.kind === "refused") return refused(verification.reason, "invalid_token");
    const { principal, issuer, boundTo } = verification;
    if (boundTo !== undefined && boundTo !== certificate?.thumbprint) {
      return refused("the token is bound to a certificate that was not shown", "invalid_token");
    }
    if (!issuer.sharesIds && this.#agents.has(principal.agent)) {
      const reason = `the token names ${principal.agent}, an agent with keys of its own that its issuer does not speak for`;
      return refused(reason, "invalid_token");
    }
    if (lacksScopes(principal, route.scopes)) {
      const reason = `the token lacks scopes that this route needs: ${route.scopes.join(" ")}`;
      return { ok: false, status: 403, reason, error: "insufficient_scope" };
    }
    return { ok: true, principal, token: new PresentedToken(token) };
  }

  /** `proven`: the agent that another credential of the request stands for. */
  #byCertificate(
    { policy, certificate }: Scope,
    proven: string | undefined,
  ): AuthenticationResult | undefined {
    const { mtls } = policy.identity;
    if (!mtls || !certificate) return undefined;
    if (certificate.expiresAt !== undefined && certificate.expiresAt <= Date.now()) {
      return refused("the client certificate has expired");
    }
    const { uris, dnsNames, commonName } = certificate;
    const spiffeId = spiffeIdOf(certificate);
    const dnsName = dnsNameOf(certificate);
    const read = mtls.readCertificate({
      uris,
      dnsNames,
      ...(commonName !== undefined && { commonName }),
      ...(spiffeId !== undefined && { spiffeId }),
      ...(dnsName !== undefined && { dnsName }),
    });
    if (!read.ok) return refused(`the client certificate is good, but ${read.reason}`);
    const { caller } = read;
    if (!mtls.sharesIds && caller.agent !== proven && this.#agents.has(caller.agent)) {
      return refused(
        `the client certificate names ${caller.agent}, an agent with keys of its own that certificates do not speak for`,
      );
    }
    const { expiresAt, thumbprint } = certificate;
    const login = {
      method: "mtls",
      ...(expiresAt !== undefined && { expiresAt }),
      ...(thumbprint !== undefined && { certificate: thumbprint }),
    } as const;
    return { ok: true, principal: { ...caller, login } };
  }
}

function refused(reason: string, error?: LoginError): Refused {
  return { ok: false, status: 401, reason, ...(error && { error }) };
}
