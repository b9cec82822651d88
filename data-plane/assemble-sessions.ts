import type { Redis } from "ioredis";
import type { Lifecycle } from "../core/service/lifecycle.ts";
import type { Logger } from "../core/service/log.ts";
import { sessionKeysOf } from "./derived-keys.ts";
import { EndedSessions } from "./sessions/ended-sessions.ts";
import { InFlightCalls } from "./sessions/in-flight.ts";
import { OpenQuestions } from "./sessions/open-questions.ts";
import { SessionSeal } from "./sessions/session-seal.ts";
import { SharedSessions } from "./sessions/shared-sessions.ts";
import type { Settings } from "./settings.ts";

interface Parts {
  readonly settings: Settings;
  readonly log: Logger;
}

/** A session that lives longer is begun anew by its client. */
const sessionLifetimeMs = 7 * 86_400_000;

/** What the proxies of a fleet know of sessions, and how. */
export async function assembleSessions(
  { settings, log }: Parts,
  { durable, subscriber }: { readonly durable: Redis; readonly subscriber: Redis },
  lifecycle: Lifecycle,
) {
  const lifetimeMs = sessionLifetimeMs;
  const seal = new SessionSeal({ keys: sessionKeysOf(settings), lifetimeMs });
  const ended = new EndedSessions({ redis: durable, subscriber, lifetimeMs, log });
  lifecycle.use("ended sessions", ended, (it) => it.close());
  await ended.refresh();
  return {
    seal,
    ended,
    shared: new SharedSessions({ redis: durable, seal, log }),
    inFlight: new InFlightCalls(durable, subscriber),
    questions: new OpenQuestions(durable, subscriber),
  };
}
