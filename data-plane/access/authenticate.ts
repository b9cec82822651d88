import type { CompiledPolicy, CompiledRoute } from "../../core/policy/compiled-policy.ts";
import { anonymous, type Principal } from "../call/agent-request.ts";
import type { AgentDirectory } from "./agent-directory.ts";

export type AuthenticationResult =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly reason: string };

const maxKeyLength = 512;

/**
 * Finds out who calls. A credential that is present must be right, also where anonymous calls are
 * allowed: an agent with a wrong key should learn so rather than be somebody else.
 */
export function authenticate(
  authorization: string | undefined,
  { policy, route }: { policy: CompiledPolicy; route: CompiledRoute },
  agents: AgentDirectory,
): AuthenticationResult {
  if (authorization === undefined) {
    return route.allowsAnonymous
      ? { ok: true, principal: anonymous }
      : refused("no credentials: send your agent key as `Authorization: Bearer <key>`");
  }
  const key = authorization.match(/^Bearer +([^\s]+)$/i)?.[1];
  if (key === undefined || key.length > maxKeyLength) {
    return refused("the credentials are not of the form `Authorization: Bearer <key>`");
  }
  const principal = policy.acceptsApiKeys ? agents.findByKey(key) : undefined;
  return principal
    ? { ok: true, principal }
    : refused("the agent key is not known, was revoked, or has expired: ask an operator for one");
}

function refused(reason: string): AuthenticationResult {
  return { ok: false, reason };
}
