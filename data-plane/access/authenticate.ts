import type { CompiledPolicy, CompiledRoute } from "../../core/policy/compiled-policy.ts";
import { anonymous, type Principal } from "../call/agent-request.ts";
import { PresentedToken } from "../call/presented-token.ts";
import { lacksScopes } from "../call/scopes.ts";
import type { AgentDirectory } from "./agent-directory.ts";
import type { LoginError } from "./challenge.ts";
import type { TokenVerifier } from "./jwt/token-verifier.ts";

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
   * A credential that is present must be right, also where anonymous calls are allowed:
   * an agent with a wrong key should learn so rather than be somebody else.
   */
  async authenticate(
    authorization: string | undefined,
    scope: Scope,
  ): Promise<AuthenticationResult> {
    if (authorization === undefined) {
      return scope.route.allowsAnonymous
        ? { ok: true, principal: anonymous }
        : refused("no credentials: send your agent key or token as `Authorization: Bearer <key>`");
    }
    const credential = authorization.match(/^Bearer +([^\s]+)$/i)?.[1];
    if (credential === undefined) {
      const reason = "the credentials are not of the form `Authorization: Bearer <key>`";
      return refused(reason, "invalid_token");
    }
    const isToken = scope.policy.identity.issuers.size > 0 && jwtPattern.test(credential);
    return isToken ? await this.#byToken(credential, scope) : this.#byKey(credential, scope);
  }

  /** Whether an agent that was let in would still be. */
  isCurrent(principal: Principal, policy: CompiledPolicy | undefined, now = Date.now()): boolean {
    const { login } = principal;
    if (login?.method === "anonymous") return true;
    if (login?.expiresAt !== undefined && login.expiresAt <= now) return false;
    if (login?.method === "jwt") return policy?.identity.issuers.has(login.issuer ?? "") === true;
    return this.#agents.isCurrent(principal);
  }

  #byKey(key: string, { policy }: Scope): AuthenticationResult {
    const isPossible = policy.identity.acceptsApiKeys && key.length <= maxKeyLength;
    const principal = isPossible ? this.#agents.findByKey(key) : undefined;
    if (principal) return { ok: true, principal };
    const reason =
      "the agent key is not known, was revoked, or has expired: ask an operator for one";
    return refused(reason, "invalid_token");
  }

  async #byToken(token: string, { policy, route }: Scope): Promise<AuthenticationResult> {
    const verification = await this.#tokens.verify(token, policy.identity, route.audience);
    if (verification.kind === "unavailable") {
      return { ok: false, status: 503, reason: verification.reason };
    }
    if (verification.kind === "refused") return refused(verification.reason, "invalid_token");
    const { principal, issuer, boundTo } = verification;
    if (boundTo !== undefined) {
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
}

function refused(reason: string, error?: LoginError): Refused {
  return { ok: false, status: 401, reason, ...(error && { error }) };
}
