import { headersOn } from "./headers.ts";
import type { AnsweredAtOnce, Outgoing, Translated } from "./outgoing.ts";
import { withOwnIds } from "./own-ids.ts";
import { toLegacy } from "./to-legacy.ts";
import { toModern } from "./to-modern.ts";
import type { AgentProfile, Way } from "./way.ts";

interface TranslationOptions {
  /** Whether other calls with the same id may be under way in the same session. */
  readonly isShared: boolean;
  readonly profile: AgentProfile;
  /** Answers a request of the upstream in the agent's place. */
  readonly refuse: (message: unknown) => Promise<void>;
}

/** Puts a call into the session and the era of its upstream. */
export function translate(
  outgoing: Outgoing,
  way: Way,
  { isShared, profile, refuse }: TranslationOptions,
): Translated | AnsweredAtOnce {
  const { call } = outgoing;
  if (call.era !== way.era) {
    return way.era === "legacy" ? toLegacy(outgoing, way, refuse) : toModern(outgoing, profile);
  }
  const headed = { ...outgoing, call: { ...call, headers: headersOn(way, call.headers) } };
  if (way.era === "legacy" && isShared) return withOwnIds(headed);
  return { ...headed, cancelsByMessage: false, toAgent: (answer) => answer };
}
