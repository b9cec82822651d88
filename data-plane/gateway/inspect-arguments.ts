import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import { redactionScopeOf } from "../call/redactor.ts";
import type { InspectionVerdict } from "../inspection/inspector.ts";
import type { JsonRpcMessage } from "../mcp/json-rpc.ts";
import { argumentsPart } from "../mcp/message-part.ts";
import { askAboutArguments } from "./ask-scanners.ts";
import { findSchema } from "./find-schema.ts";
import type { Way } from "./gateway.ts";
import { inspectOutgoing } from "./inspect-outgoing.ts";

type Inspected =
  /** `demand`: why people must decide first. */
  | { readonly kind: "passed"; readonly call: ToolCall; readonly demand?: string }
  | { readonly kind: "ended"; readonly outcome: Outcome };

/**
 * Validates and scans the arguments, and scans the other parameters. The call that passes holds what goes upstream: the original
 * bytes, or the redacted ones. `tokens`: those that stand for something in the arguments; all others are escaped.
 */
export async function inspectArguments(
  call: ToolCall,
  { scan, tokens }: { readonly scan: ScanSettings; readonly tokens?: ReadonlySet<string> },
  way: Way,
): Promise<Inspected> {
  const inspected = await inspectOwnArguments(call, { scan, tokens }, way);
  if (inspected.kind === "ended") return inspected;
  // A copy where all tokens are ours now: so records and people may see them.
  way.trail.noteSent(call, tokens ? { ...inspected.call } : inspected.call);
  const outgoing = await inspectOutgoing(inspected.call, scan, way);
  if (outgoing.kind === "blocked") return ended(outgoing);
  const demand = inspected.demand ?? outgoing.demand;
  const sent = withMessage(inspected.call, outgoing.message);
  way.trail.noteSent(call, sent);
  return {
    kind: "passed",
    call: sent,
    ...(demand !== undefined && { demand }),
  };
}

async function inspectOwnArguments(
  call: ToolCall,
  {
    scan,
    tokens,
  }: { readonly scan: ScanSettings; readonly tokens: ReadonlySet<string> | undefined },
  { gateway, trail }: Way,
): Promise<Inspected> {
  const schema = await findSchema(call, scan, gateway);
  if (schema.kind === "ended") return schema;

  const value = call.arguments;
  const own = await gateway.scans.inspectArguments(
    {
      arguments: value,
      inputSchema: schema.inputSchema,
      settings: scan,
      scope: redactionScopeOf(call),
      ...(tokens && { tokens }),
    },
    writtenArguments(call, value),
  );
  const way = { gateway, trail };
  const verdict = await askAboutArguments(
    { value, verdict: tokens ? withOurTokens(own, value) : own },
    { request: call, settings: scan },
    way,
  );
  trail.findings.push(...verdict.findings);
  if (verdict.kind === "blocked") return ended({ kind: "blocked", reason: verdict.reason });
  if (verdict.kind === "clean") return { kind: "passed", call };
  const demand = verdict.kind === "held" ? { demand: verdict.reason } : {};
  if (verdict.value === call.arguments) return { kind: "passed", call, ...demand };
  if (hasMirrors(call)) {
    // Those headers mirror arguments: the secret would leave through them, and the upstream would see them differ.
    const reason = "secrets in arguments that headers (Mcp-Param-*) repeat cannot be redacted";
    return ended({ kind: "blocked", reason });
  }
  return { kind: "passed", call: withArguments(call, verdict.value), ...demand };
}

/** Whether headers repeat what stands in the arguments (Mcp-Param-*, MCP 2026-07-28). */
export function hasMirrors({ headers }: ToolCall): boolean {
  return Object.keys(headers).some((name) => name.startsWith("mcp-param-"));
}

/** Arguments that are no object count as none, so they do not stand in the body. */
function writtenArguments({ body, message }: ToolCall, value: unknown) {
  const isPart = message.params?.["arguments"] === value;
  return { body, ...(isPart && { part: argumentsPart }) };
}

/** What has nothing but our tokens counts as a copy of ours: scanners outside see them, and nobody escapes them. */
function withOurTokens(verdict: InspectionVerdict, value: unknown): InspectionVerdict {
  return verdict.kind === "clean" ? { ...verdict, kind: "redacted", value } : verdict;
}

function withMessage(call: ToolCall, message: JsonRpcMessage): ToolCall {
  if (message === call.message) return call;
  return {
    ...call,
    message: message as ToolCall["message"],
    body: Buffer.from(JSON.stringify(message)),
  };
}

/** The same call with other arguments. */
export function withArguments(call: ToolCall, value: unknown): ToolCall {
  const args = value as ToolCall["arguments"];
  const message = { ...call.message, params: { ...call.message.params, arguments: args } };
  return { ...call, arguments: args, message, body: Buffer.from(JSON.stringify(message)) };
}

function ended(outcome: Outcome): { readonly kind: "ended"; readonly outcome: Outcome } {
  return { kind: "ended", outcome };
}
