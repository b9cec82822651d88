import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { AgentRequest, Call } from "../call/agent-request.ts";
import type { Answer, Outcome } from "../call/outcome.ts";
import { redactionScopeOf } from "../call/redactor.ts";
import type { Reply } from "../call/reply.ts";
import type { Trail } from "../call/trail.ts";
import type { Carry } from "../inspection/carry.ts";
import { writeWhole } from "../mcp/half-pairs.ts";
import { isObject, jsonRpcCodes } from "../mcp/json-rpc.ts";
import type { SseEvent } from "../mcp/sse.ts";
import type { AnswerListener } from "../upstreams/read-answer.ts";
import { askAboutAnswer } from "./ask-scanners.ts";
import type { BesideFlows } from "./beside-flows.ts";
import { contentOf } from "./call-flows.ts";
import type { Gateway } from "./gateway.ts";
import { keepValues, keptTypes } from "./keep-values.ts";
import { isHiddenUpdate, scanNow } from "./standing.ts";
import { withMessage } from "./with-message.ts";
import { withholdFromStream } from "./withhold-definitions.ts";

interface InspectionWay {
  readonly gateway: Gateway;
  readonly trail: Trail;
  readonly flows?: Pick<BesideFlows, "noteShown">;
}

interface AnswerToInspect {
  readonly request: Call;
  readonly settings: ScanSettings;
  /** What the upstream said before it answered. */
  readonly carry: Carry;
}

/** Inspects an upstream's answer: the outcome holds what the agent gets. */
export async function inspectAnswer(
  answer: Answer,
  { request, settings, carry }: AnswerToInspect,
  way: InspectionWay,
): Promise<Outcome> {
  if (answer.via === "resumable-stream" || answer.message === undefined) {
    return { kind: "answered", answer };
  }
  const { gateway, trail } = way;
  trail.responseBytes =
    answer.via === "json" ? answer.body.length : Buffer.byteLength(answer.event.data ?? "");
  const { message } = answer;
  const written = answer.via === "json" ? answer.body : (answer.event.data ?? "");
  const own = await gateway.scans.inspectMessage({
    message,
    written,
    settings,
    carry,
    scope: redactionScopeOf(request),
    ...keptTypes(request),
  });
  const looked = { value: message, verdict: own.verdict };
  const verdict = await askAboutAnswer(looked, { request, settings }, way);
  trail.findings.push(...verdict.findings);
  // Nothing holds a result: the policy has no such action for it.
  if (verdict.kind === "blocked" || verdict.kind === "held") {
    return { kind: "blocked", reason: verdict.reason };
  }
  if (verdict.kind === "redacted") {
    await keepValues(request, own.verdict, way);
    trail.isAnswerChanged = true;
    return { kind: "answered", answer: withMessage(answer, verdict.value) };
  }
  return own.isAsRead() ? { kind: "answered", answer } : writtenAgain(answer);
}

/** The answer as it was inspected. */
function writtenAgain(answer: Exclude<Answer, { via: "resumable-stream" }>): Outcome {
  try {
    return { kind: "answered", answer: withMessage(answer, answer.message) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const what = "the answer has a key twice in one object, and is nested too deeply to be mended";
    return { kind: "blocked", reason: `${what}. The call itself was made; do not repeat it.` };
  }
}

/** Passes on what the upstream says before its answer, inspected like the answer itself. */
export function relay(
  call: Call,
  { scan, carry }: { readonly scan: ScanSettings; readonly carry: Carry },
  way: InspectionWay & { readonly reply: Reply },
): AnswerListener {
  const isStanding = call.message.method === "subscriptions/listen";
  const scanOf = isStanding ? scanNow(call, call.subject, way.gateway) : () => scan;
  return {
    onStream: (headers) => way.reply.openStream(headers),
    onEvent: async (event, message) => {
      await relayEvent({ event, message }, { request: call, scan: scanOf(), carry }, way);
    },
  };
}

const listChanged = /^notifications\/(?:tools|prompts|resources)\/list_changed$/;

/** What the messages of one call or stream have in common. */
interface Standing {
  readonly request: AgentRequest;
  readonly scan: ScanSettings;
  /** What was said before. */
  readonly carry: Carry;
}

/** Passes one event on as the agent may see it. A request that it may not see is refused in its name. */
export async function relayEvent(
  { event, message }: { readonly event: SseEvent; readonly message: unknown },
  { request, scan, carry }: Standing,
  { gateway, trail, reply, flows }: InspectionWay & { readonly reply: Reply },
): Promise<void> {
  if (message === undefined) return await reply.send(event);
  if (isWithheld({ event, message }, request, gateway)) return;
  if (isObject(message) && listChanged.test(String(message["method"]))) {
    gateway.catalog.forget(request.upstream.name);
  }
  const kept = await withholdFromStream(message, request, { gateway, trail });
  const written = writtenOf({ event, message }, kept);
  const scope = redactionScopeOf(request);
  const asked = { message: kept, written, settings: scan, carry, scope, ...keptTypes(request) };
  const own = await gateway.scans.inspectMessage(asked);
  const verdict = await askAboutAnswer(
    { value: kept, verdict: own.verdict },
    { request, settings: scan },
    { gateway, trail },
  );
  trail.findings.push(...verdict.findings);
  const said = contentOf(message);
  const unnoted = await flows?.noteShown({ value: said, said }, verdict.findings);
  if (unnoted || verdict.kind === "blocked" || verdict.kind === "held") {
    await refuseForAgent(message, request, gateway);
  } else if (verdict.kind === "clean" && kept === message && own.isAsRead()) {
    await reply.send(event);
  } else {
    const value = verdict.kind === "redacted" ? verdict.value : kept;
    await keepValues(request, own.verdict, { gateway, trail });
    await reply.send({ ...event, data: writeWhole(value) });
  }
}

/** What was kept of a message, as it is written. */
function writtenOf(
  { event, message }: { readonly event: SseEvent; readonly message: unknown },
  kept: unknown,
): string {
  return kept === message ? (event.data ?? "") : JSON.stringify(kept);
}

/** Whether a message is none for this agent, here or at all. */
function isWithheld(
  { event, message }: { readonly event: SseEvent; readonly message: unknown },
  request: AgentRequest,
  gateway: Gateway,
): boolean {
  if (!isMessage(event) || maySay(message, request)) {
    return isHiddenUpdate(message, request, gateway);
  }
  gateway.log.warn({ callId: request.callId }, "an upstream answered what it was not asked here");
  return true;
}

/** Clients of MCP listen to events of this kind only; others pass as they are. */
function isMessage({ event }: SseEvent): boolean {
  return event === undefined || event === "message";
}

/**
 * Whether a message may come before the answer: notifications and requests may. An answer to another call,
 * which may be held or denied here, may only come on a stream that the agent resumes (Last-Event-ID).
 */
function maySay(message: unknown, request: AgentRequest): boolean {
  if (!isObject(message)) return false;
  const isAnswer = "result" in message || "error" in message;
  if ("method" in message) return !isAnswer;
  return isAnswer && request.headers["last-event-id"] !== undefined;
}

/** What a server hears in an agent's name, whose own answer does not go. */
export function refusalOf(id: unknown): Buffer {
  const error = { code: jsonRpcCodes.invalidRequest, message: "blocked by the gateway" };
  return Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, error }));
}

/** An upstream that asks something waits for an answer: without one it would wait for ever. */
async function refuseForAgent(
  message: unknown,
  request: AgentRequest,
  gateway: Gateway,
): Promise<void> {
  if (!isObject(message) || !("method" in message) || message["id"] === undefined) return;
  const body = refusalOf(message["id"]);
  const headers = { ...request.headers, "content-type": "application/json" };
  try {
    await gateway.forwarder.deliver({ ...request, httpMethod: "POST", headers }, body);
  } catch (cause) {
    gateway.log.warn({ err: cause, callId: request.callId }, "an upstream hears no refusal");
  }
}
