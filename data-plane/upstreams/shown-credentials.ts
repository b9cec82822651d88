import { createHash } from "node:crypto";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { Principal } from "../call/agent-request.ts";
import type { PresentedToken } from "../call/presented-token.ts";
import type { CredentialReader } from "./credentials.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { Subject, UpstreamTokens } from "./upstream-tokens.ts";

/** For whom an upstream is asked. */
export interface Asker {
  readonly principal?: Principal;
  /** What it came with. */
  readonly token?: PresentedToken;
}

/** What an upstream is shown in place of what the agent came with. Rejects with an UpstreamError. */
export async function credentialsFor(
  upstream: CompiledUpstream,
  asker: Asker,
  sources: { readonly reader: CredentialReader; readonly tokens: UpstreamTokens },
): Promise<Record<string, string>> {
  const { credentials } = upstream;
  if (!credentials) return {};
  const { header } = credentials;
  if (credentials.kind !== "static") {
    const subject = subjectOf(upstream, asker);
    return { [header]: `Bearer ${await sources.tokens.tokenFor(credentials.request, subject)}` };
  }
  const { principal } = asker;
  const own = principal && credentials.perAgent.find((entry) => entry.isFor(principal));
  const shown = own ?? credentials.value;
  if (!shown) {
    throw new UpstreamError(`the gateway has no credentials of this agent for ${upstream.name}`);
  }
  return { [header]: shown.prefix + sources.reader.read(shown.secret) };
}

/**
 * Tells apart what an upstream is shown for different agents: it may answer each of them otherwise.
 * Never a secret. "": all are shown the same.
 */
export function credentialsKey({ credentials }: CompiledUpstream, asker: Asker): string {
  if (credentials?.kind === "token-exchange") {
    const token = asker.token?.reveal() ?? "";
    return `token-${createHash("sha256").update(token).digest("base64url")}`;
  }
  if (credentials?.kind !== "static") return "";
  const { principal } = asker;
  const entry = principal ? credentials.perAgent.findIndex((it) => it.isFor(principal)) : -1;
  return entry < 0 ? "" : `entry-${entry}`;
}

/** The upstream did not take the token: another is asked for when it is needed next. */
export function forgetToken(
  upstream: CompiledUpstream,
  asker: Asker,
  tokens: Pick<UpstreamTokens, "forget">,
): void {
  const { credentials } = upstream;
  if (!credentials || credentials.kind === "static") return;
  tokens.forget(credentials.request, subjectOf(upstream, asker));
}

function subjectOf(
  { name, credentials }: CompiledUpstream,
  { principal, token }: Asker,
): Subject | undefined {
  if (credentials?.kind !== "token-exchange") return undefined;
  const { login } = principal ?? {};
  if (login?.method !== "jwt" || !token) {
    throw new UpstreamError(
      `${name} is only for agents that log in with a token of an authorization server`,
    );
  }
  return { token: token.reveal(), expiresAt: login.expiresAt ?? 0 };
}
