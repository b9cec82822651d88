import { randomUUID } from "node:crypto";
import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import { consult } from "../../core/policy/decide.ts";
import type { KeptCall, TaskHandle } from "../approvals/held-tasks.ts";
import { type Call, factsOf, type ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import { isObject } from "../mcp/json-rpc.ts";
import { tellEnd } from "./approval-ends.ts";
import { CallFlows } from "./call-flows.ts";
import type { Gateway, Way } from "./gateway.ts";
import { handleApprovedCall } from "./handle-tool-call.ts";
import { ownerOf, taskOf, withoutTasks } from "./offer-task.ts";
import { noteApproval, supersede } from "./open-approval.ts";

/** A poll waits so long for a call that it began; later ones ask again. */
const pollForMs = 10_000;

/** Whether a request is about a task of ours, and not about one of its upstream. */
export function isAboutHeldTask(
  { message: { method, params } }: Call,
  { tasks }: Gateway,
): boolean {
  return /^tasks\/(get|update|cancel)$/.test(method) && tasks.isOurs(params?.["taskId"]);
}

/** Answers what an agent asks about a task of ours. Any proxy can. */
export async function handleTask(call: Call, way: Way): Promise<Outcome> {
  const { gateway } = way;
  const taskId = String(call.message.params?.["taskId"]);
  const handle = gateway.tasks.open(taskId, ownerOf(call));
  const record = handle && (await gateway.approvals.get(handle.approvalId));
  if (!handle || !record || !isSame(record, handle)) return { kind: "unknown-task" };
  noteApproval(way, record);
  switch (call.message.method) {
    case "tasks/get":
      return await poll(call, { taskId, handle, record }, way);
    case "tasks/cancel":
      await cancel(call, record, way);
      return { kind: "acknowledged" };
    default:
      // It never asks for input: what it is told is heard and changes nothing.
      return { kind: "acknowledged" };
  }
}

function isSame(record: ApprovalRecord, handle: TaskHandle): boolean {
  return record.identity === handle.identity && record.digest === handle.digest;
}

interface Polled {
  readonly taskId: string;
  readonly handle: TaskHandle;
  readonly record: ApprovalRecord;
}

/** The poll that finds the call approved makes it: it is the agent's fresh request, with what the agent proves itself with. */
async function poll(call: Call, polled: Polled, way: Way): Promise<Outcome> {
  const { gateway } = way;
  const { taskId, handle, record } = polled;
  if (record.state !== "approved" || gateway.stopping.aborted) {
    const task = taskOf(taskId, handle, record);
    if (isUnfinished(record)) return { kind: "task", created: false, task };
    return told({ ...polled, record }, await tellNoted(call, record, gateway));
  }
  const ran = await run(call, record, gateway);
  // Another login of the agent may be good for it.
  if (ran?.kind === "insufficient-scope") return ran;
  const now = (await gateway.approvals.get(record.id)) ?? record;
  noteApproval(way, now);
  const isOver = ran !== undefined && (refusals.has(ran.kind) || !isUnfinished(now));
  if (!isOver) return { kind: "task", created: false, task: taskOf(taskId, handle, now) };
  if (!isUnfinished(now)) await forget(now.id, gateway);
  return told({ ...polled, record: now }, ran);
}

/** What was kept of its call is read now: perhaps by a session that read nothing else. */
async function tellNoted(call: Call, record: ApprovalRecord, gateway: Gateway): Promise<Outcome> {
  const outcome = await tellEnd(call, record, gateway);
  if (outcome.kind !== "answered") return outcome;
  const reading = { ...call, subject: { kind: "tool" as const, name: record.tool } };
  const ruling = consult(call.config.policy, factsOf(call, reading.subject, undefined));
  const flows = await CallFlows.of(reading, ruling, gateway);
  if (!flows) return outcome;
  return "outcome" in flows
    ? flows.outcome
    : ((await flows.noteReading()) ?? (await flows.showing(outcome, [], undefined)));
}

/** What it was to do is needed no longer. It expires anyway. */
async function forget(id: string, { tasks, log }: Gateway): Promise<void> {
  await tasks
    .forget(id)
    .catch((err: unknown) =>
      log.warn({ err, approval: id }, "the call of a task stays until it expires"),
    );
}

/** What the poll hears of how the call ended. */
function told({ taskId, handle, record }: Polled, outcome: Outcome): Outcome {
  const task = taskOf(taskId, handle, record);
  switch (outcome.kind) {
    case "task":
    case "acknowledged":
    case "passed":
    case "pending":
      return { kind: "task", created: false, task };
    default:
      return { kind: "task", created: false, task: { ...task, ended: outcome } };
  }
}

/** After these no later poll could make the call, though its approval is there. */
const refusals: ReadonlySet<Outcome["kind"]> = new Set([
  "denied",
  "blocked",
  "unknown-tool",
  "approval-superseded",
]);

/** Makes the call beside the poll, which does not wait for long. */
async function run(
  call: Call,
  record: ApprovalRecord,
  gateway: Gateway,
): Promise<Outcome | undefined> {
  const kept = await gateway.tasks.kept(record.id);
  if (!kept) {
    const reason = "what this task was to do is kept no longer; call the tool again";
    return { kind: "blocked", reason };
  }
  const over = new AbortController();
  const made = madeAgain(call, kept, over.signal);
  return await gateway.taskRuns.run(async () => {
    try {
      return await handleApprovedCall(made, record, gateway, silent);
    } finally {
      over.abort();
    }
  }, pollForMs);
}

const silent: Reply = { openStream: () => {}, send: async () => {} };

/** The call as it was asked, with what the poll says of its agent. It does not end with the poll. */
function madeAgain(call: Call, { params, headers }: KeptCall, connection: AbortSignal): ToolCall {
  const _meta = withoutTasks(call.message.params?.["_meta"]);
  const message = {
    jsonrpc: "2.0" as const,
    id: call.message.id,
    method: "tools/call",
    params: { ...params, _meta },
  };
  const { "mcp-method": _, "mcp-name": __, ...own } = call.headers;
  const tool = String(params["name"]);
  return {
    ...call,
    callId: randomUUID(),
    receivedAt: Date.now(),
    message,
    body: Buffer.from(JSON.stringify(message)),
    headers: { ...own, ...headers },
    subject: { kind: "tool", name: tool },
    tool,
    arguments: isObject(params["arguments"]) ? params["arguments"] : {},
    signal: new AbortController().signal,
    connection,
  };
}

/** What runs is not stopped: nobody could tell how far it came. */
async function cancel(call: Call, record: ApprovalRecord, way: Way): Promise<void> {
  const { approvals, audit } = way.gateway;
  if (record.state === "pending" && (await approvals.cancel(record.id, call.principal.agent))) {
    noteApproval(way, { ...record, state: "cancelled" });
    await audit.approval("approval.cancelled", call, way.trail);
  } else if (record.state === "approved") {
    await supersede({ asked: call }, { record, reason: "the agent cancelled its task" }, way);
  } else return;
  await forget(record.id, way.gateway);
}

function isUnfinished({ state }: ApprovalRecord): boolean {
  return state === "pending" || state === "approved" || state === "executing";
}
