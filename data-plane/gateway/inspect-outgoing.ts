import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { MessageRequest } from "../call/agent-request.ts";
import { redactionScopeOf } from "../call/redactor.ts";
import { isObject, type JsonRpcMessage } from "../mcp/json-rpc.ts";
import { type MessagePart, memberOf } from "../mcp/message-part.ts";
import { askAboutArguments } from "./ask-scanners.ts";
import type { Way } from "./gateway.ts";
import { findPayloadTarget } from "./payload-target.ts";
import { isPlainMetadata } from "./plain-metadata.ts";

type Outgoing =
  /** The message is the same one where nothing in it changed. */
  | { readonly kind: "passed"; readonly message: JsonRpcMessage; readonly demand?: string }
  | { readonly kind: "blocked"; readonly reason: string };

type OutgoingWay = Pick<Way, "gateway" | "trail">;

/**
 * Scans what an agent says beside the arguments of a tool or prompt, which have their own step: other parameters, metadata,
 * names and addresses, and its answers to what a server asked. All of it leaves the house as arguments do.
 */
export async function inspectOutgoing(
  request: MessageRequest,
  settings: ScanSettings,
  way: OutgoingWay,
): Promise<Outgoing> {
  const { message, body } = request;
  const payload = await findPayload(request, settings, way);
  if (payload?.kind === "blocked") return payload;
  const part = saidPart(message, settings);
  const said = part && memberOf(message, part);
  if (!said) return passed(message, payload?.demand);
  const own = await way.gateway.scans.inspectArguments(
    {
      arguments: said,
      settings: withoutPayloads(settings),
      scope: redactionScopeOf(request),
    },
    { body, part },
  );
  const looked = { value: said, verdict: own };
  const verdict = isForScanners(message)
    ? await askAboutArguments(looked, { request, settings }, way)
    : own;
  way.trail.findings.push(...verdict.findings);
  if (verdict.kind === "blocked") return { kind: "blocked", reason: verdict.reason };
  const demand = verdict.kind === "held" ? verdict.reason : payload?.demand;
  if (verdict.kind === "clean" || verdict.value === said) return passed(message, demand);
  const changed = verdict.value as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  if (changesNames(said, changed)) return { kind: "blocked", reason: unnamed };
  return passed(withSaid(message, changed), demand);
}

const unnamed =
  "a name or an address holds what must not leave, and cannot be redacted: it would be another one. Ask for another, and do not repeat it";

function passed(message: JsonRpcMessage, demand: string | undefined): Outgoing {
  return { kind: "passed", message, ...(demand !== undefined && { demand }) };
}

/** What servers make something of: addresses of resources, values to complete. */
async function findPayload(
  { message, body }: MessageRequest,
  settings: ScanSettings,
  { gateway, trail }: OutgoingWay,
): Promise<{ kind: "blocked"; reason: string } | { kind: "passed"; demand?: string } | undefined> {
  const target = "method" in message ? findPayloadTarget(message) : undefined;
  if (!target || settings.arguments.injection === "off") return undefined;
  const kinds = new Map([...settings.arguments.kinds, ...target.kinds]);
  const verdict = await gateway.scans.inspectArguments(
    {
      arguments: target.arguments,
      settings: {
        ...settings,
        detectors: [],
        arguments: { ...settings.arguments, ...textsOff, kinds },
      },
    },
    { body },
  );
  trail.findings.push(...verdict.findings);
  if (verdict.kind === "blocked") return { kind: "blocked", reason: verdict.reason };
  return { kind: "passed", ...(verdict.kind === "held" && { demand: verdict.reason }) };
}

const textsOff = { secrets: "off", hiddenCharacters: "off", personalData: "off" } as const;

function withoutPayloads(settings: ScanSettings): ScanSettings {
  return { ...settings, arguments: { ...settings.arguments, injection: "off" } };
}

/** What servers made themselves and get back: no agent can put anything there. */
const opaque: ReadonlySet<string> = new Set(["requestState", "cursor", "taskId"]);
const withOwnStep = /^(?:tools\/call|prompts\/get)$/;

type Member = Extract<MessagePart, { kind: "member" }>;

/** What is looked at here, under the name that pointers begin with. Undefined: nothing. */
function saidPart(message: JsonRpcMessage, { detectors }: ScanSettings): Member | undefined {
  if (!("method" in message)) {
    const name = message.error === undefined ? "result" : "error";
    return { kind: "member", name, without: [] };
  }
  const { method, params } = message;
  if (params === undefined) return undefined;
  // Operators may look for words, and those may be short.
  const looksForWords = detectors.some((detector) => detector.arguments !== "off");
  const looksElsewhere = ([key, value]: readonly [string, unknown]) =>
    opaque.has(key) || (key === "arguments" && hasOwnStep(method, value));
  const entries = Object.entries(params);
  const without = entries.filter(looksElsewhere).map(([key]) => key);
  const isPlainAll = entries.every((entry) => looksElsewhere(entry) || isPlain(entry));
  return looksForWords || !isPlainAll ? { kind: "member", name: "params", without } : undefined;
}

/** Arguments that are no object are no arguments: nobody else looks at them. */
function hasOwnStep(method: string, value: unknown): boolean {
  return withOwnStep.test(method) && isObject(value);
}

/** What most calls have, and no more than that. */
function isPlain([key, value]: readonly [string, unknown]): boolean {
  if (key === "name") return typeof value === "string" && value.length <= 64 && words.test(value);
  return key === "_meta" && isPlainMetadata(value);
}

const words = /^[a-z]+(?:[_./-][a-z]+)*$/i;

/** Rules were asked about the name that came, and headers repeat it. */
function changesNames(
  { params: before }: Readonly<Record<string, unknown>>,
  { params: after }: Readonly<Record<string, unknown>>,
): boolean {
  if (!isObject(before) || !isObject(after)) return false;
  return ["name", "uri", "ref", "notifications"].some((key) => before[key] !== after[key]);
}

function withSaid(
  message: JsonRpcMessage,
  changed: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): JsonRpcMessage {
  if (!("method" in message)) return { ...message, ...changed };
  return { ...message, params: { ...message.params, ...changed["params"] } };
}

/** Who only lists or greets says nothing of its own. */
function isForScanners(message: JsonRpcMessage): boolean {
  if (!("method" in message)) return true;
  return Object.keys(message.params ?? {}).some((key) => !sayingNothing.has(key));
}

const sayingNothing: ReadonlySet<string> = new Set([
  ...opaque,
  "_meta",
  "name",
  "arguments",
  "protocolVersion",
  "capabilities",
  "clientInfo",
  "level",
  "notifications",
]);
