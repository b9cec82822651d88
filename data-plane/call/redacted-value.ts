import type { AgentRequest } from "./agent-request.ts";

/** What the scanner took out of a result. Never recorded, logged or shown. */
export interface RedactedValue {
  /** What stands in its place, there and wherever else the same value stood. */
  readonly token: string;
  /** As the token names it. */
  readonly type: string;
  readonly value: string;
}

/** What was taken out of one message. */
export interface TakenOut {
  /** One for each token. */
  readonly values: readonly RedactedValue[];
  /** How many more there were. */
  readonly more: number;
}

/** Whether it can be known who is shown a token: anybody may be anonymous, and has no session to be told apart by. */
export function canKeep({
  principal,
  session,
}: Pick<AgentRequest, "principal" | "session">): boolean {
  return principal.login?.method !== "anonymous" || session !== undefined;
}
