import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../../call/outcome.ts";
import { all, type Change, field } from "../../mcp/change.ts";
import { isObject, type JsonRpcResponse } from "../../mcp/json-rpc.ts";
import type { OpenQuestions } from "../../sessions/open-questions.ts";
import { UpstreamError } from "../../upstreams/upstream-error.ts";
import { answerWith } from "../answers/answers.ts";
import type { Outgoing } from "./outgoing.ts";
import { changed } from "./own-ids.ts";

interface Asking {
  readonly questions: OpenQuestions;
  /** The session that may answer. */
  readonly session: string;
  /** What the agent said it can be asked. */
  readonly capabilities: Readonly<Record<string, unknown>>;
}

/** What a modern upstream wants to know before it goes on (MCP 2026-07-28, multi round-trip requests). */
interface Wanted {
  readonly inputRequests: Readonly<Record<string, unknown>>;
  readonly requestState?: string;
}

/** As many as official clients go along with. */
const maxRounds = 10;
const maxRequests = 20;
/** People take their time, but not for ever. */
const answerWithinMs = 300_000;
const pauseMs = 250;

/** What an agent must have said it can do to be asked by a method. */
const neededFor: ReadonlyMap<unknown, string> = new Map([
  ["elicitation/create", "elicitation"],
  ["sampling/createMessage", "sampling"],
  ["roots/list", "roots"],
]);

/**
 * Makes a call of a legacy agent to a modern upstream. What the upstream wants to know is asked of the agent as a
 * server of its era would, on the stream of its call; the call is then repeated with the answers, as the upstream
 * expects. Nothing else is ever repeated. Rejects with an UpstreamError when the agent cannot or does not answer.
 */
export async function callInRounds(
  first: Outgoing,
  send: (outgoing: Outgoing) => Promise<Answer>,
  asking: Asking,
): Promise<Answer> {
  const { upstream } = first.call;
  let outgoing = first;
  for (let round = 0; round < maxRounds; round += 1) {
    const answer = await send(outgoing);
    const wanted = wantedIn(answer);
    if (!wanted) return addressed(answer, first, round > 0);
    const inputResponses = await askAll(first, wanted, asking);
    if (Object.keys(wanted.inputRequests).length === 0) {
      const { signal } = first.call;
      await sleep(pauseMs * (round + 1), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
    outgoing = changed(first, repeated(wanted, inputResponses));
  }
  throw new UpstreamError(`upstream ${upstream.name} asked for input ${maxRounds} times`);
}

function wantedIn(answer: Answer): Wanted | undefined {
  if (answer.via === "resumable-stream" || !isObject(answer.message)) return undefined;
  const { result } = answer.message;
  if (!isObject(result) || result["resultType"] !== "input_required") return undefined;
  const { inputRequests, requestState } = result;
  return {
    inputRequests: isObject(inputRequests) ? inputRequests : {},
    ...(typeof requestState === "string" && { requestState }),
  };
}

async function askAll(
  { call, listener }: Outgoing,
  { inputRequests }: Wanted,
  { questions, session, capabilities }: Asking,
): Promise<Readonly<Record<string, unknown>>> {
  const { name } = call.upstream;
  const wishes = Object.entries(inputRequests);
  if (wishes.length > maxRequests) {
    throw new UpstreamError(`upstream ${name} asked for more than ${maxRequests} inputs at once`);
  }
  // An agent whose connection is gone hears no question. It was not executed: it may simply be called again.
  const given = AbortSignal.any([
    call.signal,
    call.connection,
    AbortSignal.timeout(answerWithinMs),
  ]);
  const ask = async ([key, wish]: [string, unknown]) => {
    const { method, params } = questionIn(wish);
    const needed = neededFor.get(method);
    if (needed === undefined || !isObject(capabilities[needed])) {
      throw new UpstreamError(`upstream ${name} asked for ${method}, which this agent cannot do`);
    }
    const { id, answer } = questions.open(session, given);
    answer.catch(() => {});
    const message = { jsonrpc: "2.0", id, method, ...(params && { params }) };
    await listener.onEvent({ event: "message", data: JSON.stringify(message) }, message);
    return [key, resultIn(await answer, method, name)] as const;
  };
  try {
    return Object.fromEntries(await Promise.all(wishes.map(ask)));
  } catch (cause) {
    call.signal.throwIfAborted();
    if (cause instanceof UpstreamError) throw cause;
    const reason = `the agent did not answer what upstream ${name} asked`;
    throw new UpstreamError(reason, { cause });
  }
}

function questionIn(wish: unknown) {
  const { method, params } = isObject(wish) ? wish : { method: undefined, params: undefined };
  // The legacy era names each form on a page, so that its end can be announced.
  const isPage = isObject(params) && params["mode"] === "url" && !("elicitationId" in params);
  const named = isPage ? { ...params, elicitationId: randomUUID() } : params;
  return { method: String(method), params: isObject(named) ? named : undefined };
}

function resultIn({ result, error }: JsonRpcResponse, method: string, upstream: string): unknown {
  if (isObject(result)) return result;
  const words = isObject(error) && typeof error["message"] === "string" ? error["message"] : "";
  const reason = `the agent refused ${method} of upstream ${upstream}: ${words.slice(0, 200)}`;
  throw new UpstreamError(reason);
}

/** The same request with the answers, and with the upstream's own state as it gave it. */
function repeated({ requestState }: Wanted, inputResponses: object): Change {
  const isAnswered = Object.keys(inputResponses).length > 0;
  const id = `mcpgw-${randomUUID()}`;
  return all(
    field("id", () => id),
    field("params", (params) => ({
      ...(isObject(params) && params),
      ...(isAnswered && { inputResponses }),
      ...(requestState !== undefined && { requestState }),
    })),
  );
}

/** The answer to the last round is the answer to the call. */
function addressed(answer: Answer, { call }: Outgoing, wasRepeated: boolean): Answer {
  if (!wasRepeated || answer.via === "resumable-stream" || !isObject(answer.message)) return answer;
  const message = { ...answer.message, id: call.message.id };
  return answerWith(200, message);
}
