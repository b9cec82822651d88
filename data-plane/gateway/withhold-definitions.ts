import type { AgentRequest, Call } from "../call/agent-request.ts";
import type { Answer, Outcome } from "../call/outcome.ts";
import type { Trail } from "../call/trail.ts";
import { isObject } from "../mcp/json-rpc.ts";
import type { ListedDefinition } from "../pins/listed-definition.ts";
import { filterList } from "./filter-list.ts";
import type { Gateway } from "./gateway.ts";
import { entryName, type ListShape, listShapeOf, listsIn } from "./list-shapes.ts";
import { reviewDefinitions, settingsFor } from "./review-definitions.ts";
import { withMessage } from "./with-message.ts";

interface WithholdingWay {
  readonly gateway: Gateway;
  readonly trail: Trail;
}

type Result = Readonly<Record<string, unknown>>;

/** What of an answer the agent may see, or how the request ends instead. */
type Shown =
  | { readonly kind: "shown"; readonly answer: Answer }
  | { readonly kind: "ended"; readonly outcome: Outcome };

/** Methods whose answers hold what servers say of themselves. */
const greetings: ReadonlyMap<string, "legacy" | "modern"> = new Map([
  ["initialize", "legacy"],
  ["server/discover", "modern"],
]);

/** Whether an answer is looked at by {@link withhold}, and so is needed whole. */
export function holdsDefinitions(method: string): boolean {
  return greetings.has(method) || listShapeOf(method) !== undefined;
}

/** Leaves out of an answer what this agent may not use, and what nobody has accepted. */
export async function withhold(call: Call, answer: Answer, way: WithholdingWay): Promise<Shown> {
  if (answer.via === "resumable-stream" || !isObject(answer.message)) return shown(answer);
  const { result } = answer.message;
  if (!isObject(result)) return shown(answer);
  const { method, params } = call.message;
  const era = greetings.get(method);
  if (era) {
    const outcome = await refuseStranger(call, { result, name: era }, way);
    if (outcome) return { kind: "ended", outcome };
  }
  const shape = listShapeOf(method);
  const isFirst = params?.["cursor"] === undefined;
  const isWhole = isFirst && result["nextCursor"] === undefined;
  const kept = shape
    ? await withoutUnaccepted(call, { result, shape, isWhole, isFirst }, way)
    : await withoutInstructions(call, result, way);
  if (kept === result) return shown(answer);
  return shown(withMessage(answer, { ...answer.message, result: kept }));
}

/**
 * The same for an answer that comes on a stream which the agent resumed: what was asked is not known here, so each list in it
 * is looked at.
 */
export async function withholdFromStream(
  message: unknown,
  request: AgentRequest,
  way: WithholdingWay,
): Promise<unknown> {
  const result = isObject(message) && !("method" in message) ? message["result"] : undefined;
  if (!isObject(message) || !isObject(result)) return message;
  let kept = await withoutInstructions(request, result, way);
  for (const shape of listsIn(result)) {
    kept = await withoutUnaccepted(
      request,
      { result: kept, shape, isWhole: false, isFirst: false },
      way,
    );
  }
  return kept === result ? message : { ...message, result: kept };
}

interface List {
  readonly result: Result;
  readonly shape: ListShape;
  /** Whether the upstream has no others. */
  readonly isWhole: boolean;
  /** Whether a list begins here. */
  readonly isFirst: boolean;
}

async function withoutUnaccepted(
  request: AgentRequest,
  { result, shape, isWhole, isFirst }: List,
  way: WithholdingWay,
): Promise<Result> {
  const entries = result[shape.field];
  if (!Array.isArray(entries)) return result;
  const listed = entries.flatMap((entry) => definitionIn(entry, shape));
  const pointer = `/result/${shape.field}`;
  const verdicts = await reviewDefinitions(request, { listed, pointer, isWhole }, way);
  const accepted = listed.filter((_, index) => verdicts[index]?.action !== "quarantine");
  const visible = filterList(
    onlyFirst(accepted).map(({ said }) => said),
    shape,
    request,
    way.gateway.listed,
  );
  if (shape.kind === "tool" || shape.kind === "prompt") {
    const kept = new Set(visible);
    const shownNow = accepted.filter(({ said }) => kept.has(said));
    await way.gateway.shown.note(request, shape.kind, { listed: shownNow, isFirst });
  }
  if (visible.length === entries.length) return result;
  return {
    ...result,
    [shape.field]: visible,
    // What was made for one agent must not be shown to another (MCP 2026-07-28, caching), and what is withheld may be accepted any time.
    ...(result["cacheScope"] !== undefined && { cacheScope: "private" }),
  };
}

/** Two under one name: clients differ in which of them they take. */
function onlyFirst(listed: readonly ListedDefinition[]): readonly ListedDefinition[] {
  const names = new Set<string>();
  return listed.filter(({ name }) => names.size < names.add(name).size);
}

function definitionIn(entry: unknown, shape: ListShape): ListedDefinition[] {
  const name = entryName(entry, shape);
  return isObject(entry) && name !== undefined ? [{ kind: shape.kind, name, said: entry }] : [];
}

/** In the place of instructions that nobody accepted come those that were accepted; the rest of the greeting stays. */
async function withoutInstructions(
  request: AgentRequest,
  result: Result,
  way: WithholdingWay,
): Promise<Result> {
  const { instructions, ...others } = result;
  if (instructions === undefined || instructions === "") return result;
  const listed = [{ kind: "instructions" as const, name: "", said: { instructions } }];
  const pointer = "/result/instructions";
  const [verdict] = await reviewDefinitions(request, { listed, pointer, isWhole: true }, way);
  if (verdict?.action !== "quarantine") return result;
  const settings = settingsFor(request, { kind: "instructions", name: "" });
  const accepted = way.gateway.pins.instructionsInstead(request.upstream, settings);
  return {
    ...others,
    ...(accepted !== undefined && { instructions: accepted }),
    ...(result["cacheScope"] !== undefined && { cacheScope: "private" }),
  };
}

/** How a greeting ends whose server is not who it was. Undefined: it goes on. */
async function refuseStranger(
  call: Call,
  { result, name }: { readonly result: Result; readonly name: string },
  way: WithholdingWay,
): Promise<Outcome | undefined> {
  const { serverInfo, capabilities } = result;
  const called = isObject(serverInfo) ? serverInfo["name"] : undefined;
  const said = { name: called ?? null, capabilities: capabilities ?? {} };
  const version = isObject(serverInfo) ? serverInfo["version"] : undefined;
  const notes = typeof version === "string" ? [`version ${version.slice(0, 60)}`] : [];
  const listed = [{ kind: "server" as const, name, said, notes }];
  const [verdict] = await reviewDefinitions(call, { listed, pointer: "", isWhole: false }, way);
  if (verdict?.action !== "quarantine" || verdict.standing === "accepted") return undefined;
  const { standing } = verdict;
  if (standing === "unseen") return { kind: "unavailable", reason: unrecorded };
  return { kind: "quarantined", what: "server", name: call.upstream.name, standing };
}

const unrecorded = "what this server says of itself is new, and cannot be recorded for approval";

function shown(answer: Answer): Shown {
  return { kind: "shown", answer };
}
