import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { AgentRequest, MessageRequest } from "../call/agent-request.ts";
import { redactionScopeOf } from "../call/redactor.ts";
import { writeWhole } from "../mcp/half-pairs.ts";
import type { Receipt } from "../upstreams/forwarder.ts";
import { askAboutAnswer } from "./ask-scanners.ts";
import type { Way } from "./gateway.ts";
import { refusalOf } from "./inspect-answer.ts";
import { inspectOutgoing } from "./inspect-outgoing.ts";
import { keepValues, keptTypes } from "./keep-values.ts";

/** What goes to the upstream, and why what the agent said does not. */
interface Sent {
  /** Undefined: nothing goes. */
  readonly body: Buffer | undefined;
  readonly reason?: string;
}

type DeliveryWay = Pick<Way, "gateway" | "trail">;

/**
 * Scans a notification or an agent's answer. Nobody can be asked about it, so what would hold it blocks it;
 * a server whose question is not answered hears a refusal in its place: without one it would wait for ever.
 */
export async function inspectDelivery(
  request: MessageRequest,
  settings: ScanSettings,
  way: DeliveryWay,
): Promise<Sent> {
  const { message } = request;
  const outgoing = await inspectOutgoing(request, settings, way);
  const reason = outgoing.kind === "blocked" ? outgoing.reason : outgoing.demand;
  if (reason !== undefined) {
    return { body: "method" in message ? undefined : refusalOf(message.id), reason };
  }
  if (outgoing.kind === "passed" && outgoing.message !== message) {
    return { body: Buffer.from(JSON.stringify(outgoing.message)) };
  }
  return { body: request.body };
}

/** What an upstream says to something that has no answer: a JSON-RPC error, or nothing. Whatever else it says is dropped. */
export async function inspectReceipt(
  receipt: Receipt,
  { request, settings }: { readonly request: AgentRequest; readonly settings: ScanSettings },
  way: DeliveryWay,
): Promise<Receipt> {
  if (receipt.body.length === 0) return receipt;
  const message = parse(receipt.body);
  if (message === undefined) return { ...receipt, body: Buffer.alloc(0) };
  const own = await way.gateway.scans.inspectMessage({
    message,
    written: receipt.body,
    settings,
    scope: redactionScopeOf(request),
    ...keptTypes(request),
  });
  const verdict = await askAboutAnswer(
    { value: message, verdict: own.verdict },
    { request, settings },
    way,
  );
  way.trail.findings.push(...verdict.findings);
  if (verdict.kind === "clean") return { ...receipt, body: Buffer.from(writeWhole(message)) };
  const isChanged = verdict.kind === "redacted";
  if (isChanged) await keepValues(request, own.verdict, way);
  return { ...receipt, body: Buffer.from(isChanged ? writeWhole(verdict.value) : "") };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
