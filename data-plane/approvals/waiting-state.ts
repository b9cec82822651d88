import type { Sealer } from "../../core/secrets/sealer.ts";

/** What an agent carries from one round of waiting to the next. It names a record and is never authority by itself. */
export interface WaitingState {
  readonly approvalId: string;
  /** Of the call that waits: the state fits no other. */
  readonly identity: string;
  /** How often the agent was sent back to wait, this time included. */
  readonly round: number;
  /** Milliseconds since the epoch. */
  readonly validUntil: number;
  /** What the agent answered an upstream with when its call was held: it goes upstream as it came. */
  readonly carried?: Readonly<Record<string, unknown>>;
}

const prefix = "mcpgw-wait.";
const maxLength = 64 * 1024;

/** Makes request states (MCP 2026-07-28) that any proxy can open, for the agent and the route they were made for. */
export class WaitingStates {
  readonly #sealer: Sealer;
  readonly #now: () => number;

  constructor(sealer: Sealer, now: () => number = Date.now) {
    this.#sealer = sealer;
    this.#now = now;
  }

  /** Undefined when it would be too long to be carried. */
  seal(state: WaitingState, owner: { agent: string; route: string }): string | undefined {
    const sealed = this.#sealer.seal(JSON.stringify(state), aboutOf(owner)).toString("base64url");
    return sealed.length > maxLength ? undefined : prefix + sealed;
  }

  /** Whether it claims to be ours: every other state is an upstream's own. */
  isOurs(requestState: unknown): requestState is string {
    return typeof requestState === "string" && requestState.startsWith(prefix);
  }

  /** Undefined when it was changed, is over, or belongs to somebody else. */
  open(requestState: string, owner: { agent: string; route: string }): WaitingState | undefined {
    if (requestState.length > prefix.length + maxLength) return undefined;
    const sealed = Buffer.from(requestState.slice(prefix.length), "base64url");
    const content = this.#sealer.open(sealed, aboutOf(owner));
    if (content === undefined) return undefined;
    const state = JSON.parse(content) as WaitingState;
    return this.#now() < state.validUntil ? state : undefined;
  }
}

function aboutOf({ agent, route }: { agent: string; route: string }): string {
  return JSON.stringify([agent, route]);
}
