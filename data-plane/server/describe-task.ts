import type { Call } from "../call/agent-request.ts";
import type { HeldTask, Outcome } from "../call/outcome.ts";
import { isObject } from "../mcp/json-rpc.ts";
import { type ForModels, isForModels, resultForModel, waitingWords } from "./approval-words.ts";
import type { Refusal } from "./refusal.ts";

const pollIntervalMs = 2_000;

type Task = Extract<Outcome, { kind: "task" }>;

/** What cannot be told in a result: codes and words for it are those of any other call. */
export type Describe = (
  call: Call,
  outcome: Exclude<NonNullable<HeldTask["ended"]>, ForModels | { kind: "answered" }>,
) => Refusal;

/** A task as its agent sees it (SEP-2663): the answer to a call, or to a poll. */
export function taskResult(call: Call, { task, created }: Task, describe: Describe): object {
  const { taskId, createdAt, updatedAt, validForMs, ended } = task;
  return {
    resultType: created ? "task" : "complete",
    taskId,
    createdAt: new Date(createdAt).toISOString(),
    lastUpdatedAt: new Date(updatedAt).toISOString(),
    ttlMs: validForMs,
    pollIntervalMs,
    ...(ended ? endOf(call, ended, describe) : working(task)),
  };
}

function working({ approval }: HeldTask) {
  return { status: "working", statusMessage: waitingWords(approval) };
}

/** A tool that ran has a result, also when that says that it failed; everything else has an error. */
function endOf(call: Call, ended: NonNullable<HeldTask["ended"]>, describe: Describe): object {
  if (ended.kind === "cancelled") return { status: "cancelled" };
  if (isForModels(ended)) return { status: "completed", result: resultForModel(ended) };
  if (ended.kind === "answered") return endOfAnswer(ended);
  const { code, message, data } = describe(call, ended);
  return { status: "failed", error: { code, message, ...(data && { data }) } };
}

function endOfAnswer({ answer }: Extract<Outcome, { kind: "answered" }>): object {
  const message = answer.via === "resumable-stream" ? undefined : answer.message;
  const { result, error } = isObject(message) ? message : {};
  if (isObject(result) && (result["resultType"] ?? "complete") === "complete") {
    return { status: "completed", result };
  }
  if (isObject(error)) return { status: "failed", error };
  const told =
    "The server asked for something that a task of this gateway cannot pass on. Call the tool without tasks.";
  return { status: "failed", error: { code: -32_603, message: told } };
}
