import type { Call } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import { field } from "../../mcp/change.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import type { AnswerListener } from "../../upstreams/read-answer.ts";
import { isReceipt, type Receipt, type ServerStream } from "../../upstreams/receipt.ts";
import { answerWith } from "../answers/answers.ts";
import { reviseEvent } from "./own-ids.ts";
import type { OwnWords } from "./own-words.ts";
import type { Greeting, Way } from "./way.ts";

const subscriptionId = "io.modelcontextprotocol/subscriptionId";
const maxSubscriptions = 1_000;

/** What a subscription may ask for, the capability that it needs, and what then is heard. */
const lists = [
  { wish: "toolsListChanged", of: "tools", heard: "notifications/tools/list_changed" },
  { wish: "promptsListChanged", of: "prompts", heard: "notifications/prompts/list_changed" },
  { wish: "resourcesListChanged", of: "resources", heard: "notifications/resources/list_changed" },
];

interface ListeningParts {
  /** Names the session of the agent's calls. */
  readonly key: string;
  /** The sessions whose stream is taken. */
  readonly listening: Set<string>;
  readonly words: OwnWords;
  /** The session of the agent's calls. */
  readonly shared: () => Promise<Greeting>;
  /** Begins another. */
  readonly begin: () => Promise<Greeting>;
}

/** A session with a legacy upstream, and the stream of what is said in it. */
interface ListeningSession {
  readonly way: Way;
  readonly words: OwnWords;
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly stream: ServerStream | undefined;
}

/**
 * Answers `subscriptions/listen` of a modern agent out of a legacy session: with what its stream announces, and with
 * the changes of resources that are subscribed to in it for as long as the agent listens. Resolves when the stream ends.
 * The session is that of the agent's calls, since servers announce what calls change in the session of the call; it
 * has one stream, so whoever listens beside has a session of his own.
 */
export async function listenToLegacy(
  call: Call,
  listener: AnswerListener,
  { key, listening, words, shared, begin }: ListeningParts,
): Promise<Answer> {
  const isFirst = !listening.has(key);
  if (isFirst) listening.add(key);
  const over = new AbortController();
  let own: Greeting | undefined;
  try {
    let greeting = isFirst ? await shared() : undefined;
    let opened: ServerStream | Receipt | undefined =
      greeting && (await words.listen(greeting.way, over.signal));
    const isTaken = opened && isReceipt(opened) && opened.status === 409;
    if (!greeting || isTaken) {
      own = await begin();
      greeting = own;
      opened = await words.listen(own.way, over.signal);
    }
    const stream = opened && !isReceipt(opened) ? opened : undefined;
    const { way, capabilities } = greeting;
    return await listenIn({ way, words, capabilities, stream }, call, listener);
  } finally {
    over.abort();
    if (isFirst) listening.delete(key);
    if (own) await words.end(own.way);
  }
}

async function listenIn(
  session: ListeningSession,
  call: Call,
  listener: AnswerListener,
): Promise<Answer> {
  const wishes = call.message.params?.["notifications"];
  const wanted = isObject(wishes) ? wishes : {};
  const uris = await subscribe(wanted["resourceSubscriptions"], session);
  try {
    const accepted = lists.filter(
      ({ wish, of }) => wanted[wish] === true && can(session, of, "listChanged"),
    );
    await acknowledge(call, listener, {
      ...Object.fromEntries(accepted.map(({ wish }) => [wish, true])),
      ...(uris.length > 0 && { resourceSubscriptions: uris }),
    });
    const heard = new Set<unknown>(accepted.map((one) => one.heard));
    if (uris.length > 0) heard.add("notifications/resources/updated");
    if (heard.size > 0) await passOn(call, listener, { session, heard });
  } finally {
    const { way, words } = session;
    await Promise.all(uris.map((uri) => words.ask(way, "resources/unsubscribe", { uri })));
  }
  call.signal.throwIfAborted();
  const result = { resultType: "complete", _meta: { [subscriptionId]: call.message.id } };
  return answerWith(200, { jsonrpc: "2.0", id: call.message.id, result });
}

async function subscribe(wanted: unknown, session: ListeningSession): Promise<readonly string[]> {
  if (!Array.isArray(wanted) || !can(session, "resources", "subscribe")) return [];
  const accepted: string[] = [];
  for (const uri of wanted.slice(0, maxSubscriptions)) {
    if (typeof uri !== "string") continue;
    if (await session.words.ask(session.way, "resources/subscribe", { uri })) accepted.push(uri);
  }
  return accepted;
}

/** Without a stream nothing can be heard. */
function can({ capabilities, stream }: ListeningSession, of: string, what: string): boolean {
  const capability = capabilities[of];
  return stream !== undefined && isObject(capability) && capability[what] === true;
}

async function acknowledge(
  { message }: Call,
  listener: AnswerListener,
  notifications: object,
): Promise<void> {
  const acknowledgement = {
    jsonrpc: "2.0",
    method: "notifications/subscriptions/acknowledged",
    params: { notifications, _meta: { [subscriptionId]: message.id } },
  };
  const event = { event: "message", data: JSON.stringify(acknowledgement) };
  await listener.onEvent(event, acknowledgement);
}

async function passOn(
  { message: { id } }: Call,
  listener: AnswerListener,
  { session, heard }: { readonly session: ListeningSession; readonly heard: ReadonlySet<unknown> },
): Promise<void> {
  const withSubscription = field("params", (params) => {
    const { _meta, ...others } = isObject(params) ? params : {};
    return { ...others, _meta: { ...(isObject(_meta) && _meta), [subscriptionId]: id } };
  });
  for await (const { event, message } of session.stream?.events ?? []) {
    if (!isObject(message)) continue;
    if (message["id"] !== undefined) await session.words.refuse(session.way, message);
    else if (heard.has(message["method"])) {
      const { id: _, retry: __, ...kept } = event;
      // Without params there is nothing that the change could find.
      const whole = { params: {}, ...message };
      const revised = reviseEvent({ ...kept, data: JSON.stringify(whole) }, withSubscription);
      await listener.onEvent(revised, withSubscription(whole));
    }
  }
}
