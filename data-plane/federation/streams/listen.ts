import type { Call } from "../../call/agent-request.ts";
import type { Outcome } from "../../call/outcome.ts";
import type { Reply } from "../../call/reply.ts";
import { type Change, field } from "../../mcp/change.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import type { SseEvent } from "../../mcp/sse.ts";
import { errorIn, resultOf } from "../answers/answers.ts";
import { mergeCapabilities } from "../greetings/merge-capabilities.ts";
import type { Member } from "../member.ts";
import { exposeUri, ownerOfUri } from "../names/exposed-names.ts";
import { keepOpen, type StreamEnd } from "./keep-open.ts";

const subscriptionId = "io.modelcontextprotocol/subscriptionId";
/** The first message of a subscription says what was accepted: slow upstreams join later, without a word. */
const acknowledgeWithinMs = 2_000;

/**
 * Answers `subscriptions/listen` with what all upstreams announce. They are asked under the agent's own id,
 * so that what they send carries it already.
 */
export async function listen(
  call: Call,
  members: readonly Member[],
  reply: Reply,
): Promise<Outcome> {
  const gate = new AcknowledgedReply(call, reply, members.length);
  const timer = setTimeout(() => gate.open(), acknowledgeWithinMs);
  const ends = await Promise.all(members.map((member) => follow(call, member, gate)));
  clearTimeout(timer);
  const [first] = ends;
  if (first && ends.every((end) => errorIn(end) || end.kind !== "answered")) return first;
  gate.open();
  return resultOf(call, { _meta: { [subscriptionId]: call.message.id } });
}

async function follow(call: Call, member: Member, gate: AcknowledgedReply): Promise<Outcome> {
  let last: Outcome = { kind: "cancelled" };
  let isAcknowledged = false;
  const reply: Reply = {
    openStream: () => {},
    send: async (event) => {
      const accepted = acceptedIn(event);
      if (!accepted) return await gate.send(event);
      isAcknowledged = Object.keys(accepted).length > 0;
      gate.acknowledge(member.name, accepted);
    },
  };
  await keepOpen(call.signal, async (): Promise<StreamEnd> => {
    last = await member.pass(call, { change: filterFor(member.name) }, reply);
    if (!isAcknowledged) gate.acknowledge(member.name, {});
    return isAcknowledged ? "ended" : "final";
  });
  return last;
}

/** The agent's wishes, as far as they are for one upstream. */
function filterFor(upstream: string): Change {
  const own: Change = (uris) =>
    Array.isArray(uris)
      ? uris.flatMap((uri) => {
          const owned = typeof uri === "string" ? ownerOfUri(uri) : undefined;
          return owned?.upstream.toLowerCase() === upstream.toLowerCase() ? [owned.name] : [];
        })
      : uris;
  return field("params", field("notifications", field("resourceSubscriptions", own)));
}

function acceptedIn({ data }: SseEvent): Readonly<Record<string, unknown>> | undefined {
  const message: unknown = data ? JSON.parse(data) : undefined;
  if (!isObject(message) || message["method"] !== "notifications/subscriptions/acknowledged") {
    return undefined;
  }
  const accepted = isObject(message["params"]) ? message["params"]["notifications"] : undefined;
  return isObject(accepted) ? accepted : {};
}

/** Holds events back until the agent was told what its subscription holds. */
class AcknowledgedReply {
  readonly #call: Call;
  readonly #reply: Reply;
  readonly #answered = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #expected: number;
  readonly #held: SseEvent[] = [];
  #isOpen = false;

  constructor(call: Call, reply: Reply, expected: number) {
    this.#call = call;
    this.#reply = reply;
    this.#expected = expected;
  }

  acknowledge(upstream: string, accepted: Readonly<Record<string, unknown>>): void {
    const { resourceSubscriptions: uris, ...flags } = accepted;
    const exposed = Array.isArray(uris) ? uris.map((uri) => exposeUri(upstream, String(uri))) : [];
    this.#answered.set(upstream, {
      ...flags,
      ...(exposed.length > 0 && { resourceSubscriptions: exposed }),
    });
    const isAll = this.#answered.size >= this.#expected;
    if (isAll && [...this.#answered.values()].some((one) => Object.keys(one).length > 0)) {
      this.open();
    }
  }

  async send(event: SseEvent): Promise<void> {
    if (this.#isOpen) await this.#reply.send(event);
    else this.#held.push(event);
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const all = [...this.#answered.values()];
    const uris = all.flatMap((one) => one["resourceSubscriptions"] ?? []);
    const notifications = {
      ...mergeCapabilities(all),
      ...(uris.length > 0 && { resourceSubscriptions: uris }),
    };
    const params = { notifications, _meta: { [subscriptionId]: this.#call.message.id } };
    const message = { jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params };
    void this.#reply.send({ event: "message", data: JSON.stringify(message) });
    for (const event of this.#held.splice(0)) void this.#reply.send(event);
  }
}
