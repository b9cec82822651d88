import type { DefinitionKind } from "../../core/pins/definition-kind.ts";
import type { SseEvent } from "../mcp/sse.ts";
import type { CheckedLimit } from "./trail.ts";

/** How a call ended. server/answer.ts turns it into what the agent reads. */
export type Outcome =
  /** With `stored`: an identical call ran before, and this is what was kept of it. */
  | { readonly kind: "answered"; readonly answer: Answer; readonly stored?: boolean }
  /** Like answered, but all of it except its end has gone to the agent already. */
  | {
      readonly kind: "passed";
      readonly answer: PassedAnswer;
      /** What the record is to show of it. */
      readonly kept: KeptOfAnswer | undefined;
    }
  | { readonly kind: "denied"; readonly rule: string | undefined; readonly reason: string }
  | {
      readonly kind: "rate-limited";
      readonly limit: string;
      readonly scope: string;
      readonly retryAfterMs: number;
      /** Who counted: all proxies in Redis, this one alone, or nobody. */
      readonly source: CheckedLimit["source"];
      readonly refuseWith: "error" | "result";
      readonly quota: CheckedLimit["quota"];
    }
  /** `rules`: ids of those that the scan blocked for. */
  | { readonly kind: "blocked"; readonly reason: string; readonly rules?: readonly string[] }
  /** `scopes`: all that the call needs. */
  | { readonly kind: "insufficient-scope"; readonly scopes: readonly string[] }
  | { readonly kind: "unknown-tool"; readonly tool: string }
  /** The definition of what was asked for is not one that was accepted. */
  | {
      readonly kind: "quarantined";
      readonly what: DefinitionKind;
      /** "upstream/tool", or the name of the upstream. */
      readonly name: string;
      /** "outdated": another one was accepted than the agent was shown. "locked": it is new, and nobody is asked about it. */
      readonly standing: "pending" | "changed" | "rejected" | "poisoned" | "outdated" | "locked";
    }
  /** With a request state, the agent is to come again with it by itself (MCP 2026-07-28, input_required). */
  | { readonly kind: "pending"; readonly approval: HeldApproval; readonly requestState?: string }
  | {
      readonly kind: "approval-denied" | "approval-revoked";
      readonly approval: HeldApproval;
      readonly by: string;
      readonly reason: string;
    }
  /** Nobody decided, or nobody came to execute it, in time. */
  | { readonly kind: "approval-expired"; readonly approval: HeldApproval }
  | {
      readonly kind: "approval-superseded";
      readonly approval: HeldApproval;
      readonly reason: string;
    }
  /** It ran, and what it answered cannot be told. */
  | { readonly kind: "approval-spent"; readonly approval: HeldApproval; readonly reason: string }
  /** A task (SEP-2663) stands for the held call. `created`: this is the answer to the call, else to a poll. */
  | { readonly kind: "task"; readonly task: HeldTask; readonly created: boolean }
  /** A task was told something, which it may heed. */
  | { readonly kind: "acknowledged" }
  /** The task's id was changed, is over, or belongs to another agent. */
  | { readonly kind: "unknown-task" }
  /** The request state was changed, is over, or belongs to another call. */
  | { readonly kind: "bad-request-state" }
  /** Nothing was asked: too many calls wait for people already, of this agent or of all. */
  | { readonly kind: "too-many-pending"; readonly scope: "agent" | "all" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "timed-out"; readonly afterMs: number }
  | { readonly kind: "upstream-failed"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string }
  | { readonly kind: "crashed" };

/** What the agent is told of the approval that its call waits on. */
export interface HeldApproval {
  readonly id: string;
  readonly state: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly approverGroups: readonly string[];
}

/** What the agent is told of a task that stands for a held call. */
export interface HeldTask {
  readonly taskId: string;
  readonly approval: HeldApproval;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly validForMs: number;
  /** How its call ended. Absent: it has not. */
  readonly ended?: Exclude<Outcome, { kind: "task" | "acknowledged" | "passed" | "pending" }>;
}

/** The upstream's answer to a call, as it goes to the agent. */
export type Answer =
  | {
      readonly via: "json";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
      /** Undefined when the body is not one JSON-RPC message. */
      readonly message: unknown;
    }
  | { readonly via: "stream"; readonly event: SseEvent; readonly message: unknown }
  /** The upstream closed its stream and will go on when the agent resumes it (Last-Event-ID). */
  | { readonly via: "resumable-stream" };

/** Bytes kept beyond what a record shows: a secret that lies across the cut is found whole, and replaced. No secret is longer. */
export const keptBeyondCut = 65_536;

/** An answer that went to the agent as it came. */
export interface PassedAnswer {
  readonly via: "passed";
  /** The bytes that complete it: without them no agent can read it. */
  readonly end: Buffer;
  readonly bytes: number;
  /** Whether the result says that it is an error. */
  readonly isToolError: boolean;
}

/** What is kept of an answer that nobody held whole. */
export interface KeptOfAnswer {
  readonly beginning: string;
  /** Of all its bytes, in hexadecimal. */
  readonly sha256: string;
}
