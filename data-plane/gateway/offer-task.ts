import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { TaskHandle } from "../approvals/held-tasks.ts";
import type { Call, MessageRequest } from "../call/agent-request.ts";
import type { Answer, HeldTask, Outcome } from "../call/outcome.ts";
import { isObject } from "../mcp/json-rpc.ts";
import { heldApproval } from "./approval-ends.ts";
import type { Way } from "./gateway.ts";
import type { HeldCall } from "./held-call.ts";
import { withMessage } from "./with-message.ts";

const capabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
/** The extension of tasks (SEP-2663). */
const tasksExtension = "io.modelcontextprotocol/tasks";
/** Its result is to be had for a while after the last moment at which it may begin. */
const afterwardsMs = 15 * 60_000;

/** A task for a call that waits for people, where its agent declares them and the policy offers them. */
export async function offerTask(
  { asked, decision, state }: HeldCall,
  record: ApprovalRecord,
  { gateway }: Way,
): Promise<Outcome | undefined> {
  const isWanted = asked.era === "modern" && decision.approval.offerTasks && declaresTasks(asked);
  if (!isWanted || state || record.state !== "pending" || asked.route.upstreams.length > 1) {
    return undefined;
  }
  const { _meta, ...params } = asked.message.params ?? {};
  const mirrored = Object.entries(asked.headers).filter(([name]) => isMirror(name));
  const validUntil = record.expiresAt + record.executeWithinMs + afterwardsMs;
  const call = { params, headers: Object.fromEntries(mirrored) };
  if (!(await gateway.tasks.keep(record.id, call, validUntil - Date.now()))) return undefined;
  const { id: approvalId, identity, digest } = record;
  const handle = { approvalId, identity, digest, validUntil };
  const taskId = gateway.tasks.idOf(handle, ownerOf(asked));
  return { kind: "task", created: true, task: taskOf(taskId, handle, record) };
}

/** Says among a server's extensions that calls may be answered with tasks, where the policy offers them. */
export function showTasks(call: Call, answer: Answer): Answer {
  const isOffered = [...call.config.policy.approvals.values()].some((it) => it.offerTasks);
  const message = answer.via === "resumable-stream" ? undefined : answer.message;
  const result = isObject(message) ? message["result"] : undefined;
  if (!isOffered || call.era !== "modern" || answer.via === "resumable-stream") return answer;
  if (call.route.upstreams.length > 1 || !isObject(message) || !isObject(result)) return answer;
  const capabilities = isObject(result["capabilities"]) ? result["capabilities"] : {};
  const known = isObject(capabilities["extensions"]) ? capabilities["extensions"] : {};
  const extensions = { [tasksExtension]: {}, ...known };
  const shown = { ...result, capabilities: { ...capabilities, extensions } };
  return withMessage(answer, { ...message, result: shown });
}

/** Whether a request says that its agent knows tasks. */
function declaresTasks({ message }: Call): boolean {
  const meta = message.params?.["_meta"];
  const capabilities = isObject(meta) ? meta[capabilitiesKey] : undefined;
  const extensions = isObject(capabilities) ? capabilities["extensions"] : undefined;
  return isObject(extensions) && isObject(extensions[tasksExtension]);
}

/** What a poll says of its agent, as a call of it does that is to be answered with a result and not with another task. */
export function withoutTasks(meta: unknown): unknown {
  if (!isObject(meta) || !isObject(meta[capabilitiesKey])) return meta;
  const { extensions, ...capabilities } = meta[capabilitiesKey];
  if (!isObject(extensions)) return meta;
  const { [tasksExtension]: _, ...others } = extensions;
  return { ...meta, [capabilitiesKey]: { ...capabilities, extensions: others } };
}

export function taskOf(
  taskId: string,
  { validUntil }: TaskHandle,
  record: ApprovalRecord,
): HeldTask {
  return {
    taskId,
    approval: heldApproval(record),
    createdAt: record.createdAt,
    updatedAt: record.edges.at(-1)?.at ?? record.createdAt,
    validForMs: validUntil - record.createdAt,
  };
}

export function ownerOf({ principal, route }: MessageRequest) {
  return { agent: principal.agent, route: route.path };
}

/** Headers that repeat what is in the body of the call (MCP 2026-07-28, Streamable HTTP). */
function isMirror(name: string): boolean {
  return name === "mcp-method" || name === "mcp-name" || name.startsWith("mcp-param-");
}
