import type { Call } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import { isObject, jsonRpcCodes } from "../mcp/json-rpc.ts";
import { errorIn, errorOf, metaOf, reasonOf, resultIn, resultOf } from "./answers/answers.ts";
import { discoveredBy, greetAll, initializedBy, nobodyMet } from "./greetings/merge-greetings.ts";
import { listShapes } from "./lists/gather-list.ts";
import { listNames, mergeLists } from "./lists/merge-lists.ts";
import type { Member } from "./member.ts";
import type { NameIndex } from "./names/name-index.ts";
import { type Addressed, addressOf, isAddressed, withName } from "./names/to-upstream.ts";
import type { RouteSessions } from "./route-sessions.ts";
import { listen } from "./streams/listen.ts";
import type { Patience } from "./upstream/patience.ts";
import { type AgentProfile, legacyVersions } from "./upstream/way.ts";

export interface CallParts {
  readonly members: readonly Member[];
  readonly names: NameIndex;
  readonly sessions: RouteSessions;
  readonly patience: Patience;
  readonly reply: Reply;
}

/** Takes a call to the upstreams that it concerns. Undefined when it concerns none. */
export async function handleByMembers(call: Call, parts: CallParts): Promise<Outcome | undefined> {
  const { method } = call.message;
  const shape = listShapes.get(method);
  if (shape) return await mergeLists(call, shape, parts);
  switch (`${call.era} ${method}`) {
    case "legacy initialize":
      return await initialize(call, parts);
    case "legacy logging/setLevel":
      return await askAll(call, parts);
    case "modern server/discover":
      return await discover(call, parts);
    case "modern subscriptions/listen":
      return await listen(call, parts.members, parts.reply);
    default:
      return await passToOne(call, parts);
  }
}

/** Answers what concerns no upstream of the route. */
export function answerByItself(call: Call): Outcome {
  const { method } = call.message;
  if (method === "ping" && call.era === "legacy") return resultOf(call, {});
  const address = addressOf(call.message);
  if (!address) return errorOf(call, jsonRpcCodes.methodNotFound, `Method not found: ${method}`);
  if (call.subject.kind === "tool") return { kind: "unknown-tool", tool: call.subject.name };
  const { what, listedBy } = isAddressed(address) ? address.mention : address;
  const message = `Unknown ${what}: no upstream of this route has it. See ${listedBy} for those there are.`;
  return errorOf(call, jsonRpcCodes.invalidParams, message);
}

/** What an agent says of itself in `initialize`. */
export function profileIn({ message: { params } }: Call): AgentProfile {
  const { protocolVersion, capabilities, clientInfo } = params ?? {};
  return {
    version: typeof protocolVersion === "string" ? protocolVersion : (legacyVersions[0] ?? ""),
    capabilities: isObject(capabilities) ? capabilities : {},
    ...(isObject(clientInfo) && { clientInfo }),
  };
}

async function initialize(
  call: Call,
  { members, sessions, patience }: CallParts,
): Promise<Outcome> {
  const greetings = await greetAll(members, patience);
  if (greetings.met.size === 0) return nobodyMet(greetings);
  const ways = new Map([...greetings.met].map(([name, { way }]) => [name, way]));
  const session = sessions.seal(call, { profile: profileIn(call), ways });
  return initializedBy(call, greetings, session);
}

async function discover(call: Call, { members, patience }: CallParts): Promise<Outcome> {
  const greetings = await greetAll(members, patience);
  return greetings.met.size === 0 ? nobodyMet(greetings) : discoveredBy(call, greetings);
}

/** Asks all upstreams for the same, and is content when one of them did it. */
async function askAll(call: Call, { members, reply }: CallParts): Promise<Outcome> {
  const { method, params = {} } = call.message;
  const outcomes = await Promise.all(
    members.map((member) => member.ask(call, { method, params }, reply)),
  );
  const [first] = outcomes;
  if (first && !outcomes.some(resultIn)) return addressedTo(call, first);
  const unavailable = members.flatMap(({ name }, index) => {
    const outcome = outcomes[index];
    const isFine =
      !outcome || resultIn(outcome) || errorIn(outcome)?.code === jsonRpcCodes.methodNotFound;
    return isFine ? [] : [{ upstream: name, reason: reasonOf(outcome) }];
  });
  return resultOf(call, metaOf(unavailable));
}

/** An upstream's refusal of our question, as the answer to the agent's. */
function addressedTo(call: Call, outcome: Outcome): Outcome {
  const error = errorIn(outcome);
  if (!error) return outcome;
  const code = typeof error.code === "number" ? error.code : jsonRpcCodes.internalError;
  return errorOf(call, code, error.message);
}

async function passToOne(call: Call, parts: CallParts): Promise<Outcome | undefined> {
  const address = addressOf(call.message);
  if (!address || !isAddressed(address)) return undefined;
  // Some clients write the scheme of a URI in lower case; a route's upstreams differ by more than case.
  const wanted = address.upstream.toLowerCase();
  const member = parts.members.find(({ name }) => name.toLowerCase() === wanted);
  if (!member) return undefined;
  const name = await originalOf(address, member, { call, parts });
  if (name === undefined) return undefined;
  return await member.pass(call, { change: withName(address, name), name }, parts.reply);
}

/** The upstream's own name for what the agent means. */
async function originalOf(
  { exposed, markedIn, name }: Addressed,
  member: Member,
  { call, parts: { names, reply } }: { readonly call: Call; readonly parts: CallParts },
): Promise<string | undefined> {
  if (!markedIn) return name;
  const shape = listShapes.get(`${markedIn}/list`);
  if (!shape) return undefined;
  const { agent } = call.principal;
  return await names.find(member.upstream, { exposed, kind: markedIn, agent }, () =>
    listNames(member, shape, { call, reply }),
  );
}
