import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { Call } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import { redactionScopeOf } from "../call/redactor.ts";
import { isObject } from "../mcp/json-rpc.ts";
import { argumentsPart } from "../mcp/message-part.ts";
import { askAboutArguments } from "./ask-scanners.ts";
import type { Way } from "./gateway.ts";
import { inspectOutgoing } from "./inspect-outgoing.ts";

type Inspected =
  | { readonly kind: "passed"; readonly call: Call }
  | { readonly kind: "ended"; readonly outcome: Outcome };

/**
 * Scans the arguments of prompts as those of tools are, and the other parameters. The call that passes holds what goes upstream.
 * Only tool calls can be held: what would hold one blocks here.
 */
export async function inspectParameters(
  call: Call,
  scan: ScanSettings,
  way: Way,
): Promise<Inspected> {
  const inspected = await inspectPromptArguments(call, scan, way);
  if (inspected.kind === "ended") return inspected;
  way.trail.noteSent(call, inspected.call);
  const outgoing = await inspectOutgoing(inspected.call, scan, way);
  if (outgoing.kind === "blocked" || outgoing.demand !== undefined) {
    const reason = outgoing.kind === "blocked" ? outgoing.reason : outgoing.demand;
    return { kind: "ended", outcome: { kind: "blocked", reason: reason ?? "" } };
  }
  if (outgoing.message === inspected.call.message) return inspected;
  const message = outgoing.message as Call["message"];
  const sent = { ...inspected.call, message, body: Buffer.from(JSON.stringify(message)) };
  way.trail.noteSent(call, sent);
  return { kind: "passed", call: sent };
}

async function inspectPromptArguments(
  call: Call,
  scan: ScanSettings,
  { gateway, trail }: Way,
): Promise<Inspected> {
  const { params } = call.message;
  const args = call.message.method === "prompts/get" && isObject(params) && params["arguments"];
  if (!isObject(params) || !isObject(args)) return { kind: "passed", call };
  const own = await gateway.scans.inspectArguments(
    { arguments: args, settings: scan, scope: redactionScopeOf(call) },
    { body: call.body, part: argumentsPart },
  );
  const way = { gateway, trail };
  const verdict = await askAboutArguments(
    { value: args, verdict: own },
    { request: call, settings: scan },
    way,
  );
  trail.findings.push(...verdict.findings);
  if (verdict.kind === "blocked" || verdict.kind === "held") {
    return { kind: "ended", outcome: { kind: "blocked", reason: verdict.reason } };
  }
  if (verdict.kind === "clean") return { kind: "passed", call };
  const message = { ...call.message, params: { ...params, arguments: verdict.value } };
  const body = Buffer.from(JSON.stringify(message));
  return { kind: "passed", call: { ...call, message, body } };
}
