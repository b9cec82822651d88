import type { Logger } from "../../core/service/log.ts";
import type { AgentRequest } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import { UpstreamError } from "../upstreams/upstream-error.ts";

/** The outcome of an exchange that failed. Only our own words go to the agent; the cause goes to the log. */
export function toFailure(error: unknown, request: AgentRequest, log: Logger): Outcome {
  if (request.signal.aborted) return { kind: "cancelled" };
  if (!(error instanceof UpstreamError)) throw error;
  log.warn(
    { err: error, callId: request.callId, upstream: request.upstream.name },
    "upstream failed",
  );
  if (error.kind === "timed-out") return { kind: "timed-out", afterMs: request.upstream.timeoutMs };
  if (error.kind === "busy") return { kind: "unavailable", reason: error.message };
  return { kind: "upstream-failed", reason: error.message };
}
