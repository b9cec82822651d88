import type { AgentRequest, Call, Era } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { isObject, type JsonRpcResponse } from "../../mcp/json-rpc.ts";
import type { OpenQuestions } from "../../sessions/open-questions.ts";
import type { SharedSessions } from "../../sessions/shared-sessions.ts";
import type { AnswerListener } from "../../upstreams/read-answer.ts";
import { isReceipt, type Receipt, type ServerStream } from "../../upstreams/receipt.ts";
import type { Refusal } from "../../upstreams/tool-catalog.ts";
import type { RouteSession } from "../route-sessions.ts";
import { addressOf, type EraMemory } from "./era-memory.ts";
import { Greeter } from "./greeter.ts";
import { headersOn } from "./headers.ts";
import { callInRounds } from "./input-rounds.ts";
import { listenToLegacy } from "./legacy-listener.ts";
import type { LocalSessions } from "./local-sessions.ts";
import { isRefusal, type LookedUp, type LookUp, lookUp } from "./look-up.ts";
import { isLost } from "./lost.ts";
import { noStream, nothingSent } from "./no-receipts.ts";
import type { Outgoing } from "./outgoing.ts";
import { OwnWords } from "./own-words.ts";
import { greetingOf, SharedWay } from "./shared-way.ts";
import { askableBy } from "./to-modern.ts";
import { translate } from "./translate.ts";
import { type Greeting, isSameWay, type Way } from "./way.ts";

export interface LinkParts {
  readonly gateway: Gateway;
  readonly locals: LocalSessions;
  readonly shared: SharedSessions;
  readonly eras: EraMemory;
  readonly questions: OpenQuestions;
  /** Sessions of modern agents whose stream is listened to. */
  readonly listening: Set<string>;
}

/** The session in which a request of an agent came. */
export interface AgentSession {
  /** Names it among this proxy's own sessions. */
  readonly key: string;
  /** Whether several conversations of the agent may share it: their request ids may then be the same. */
  readonly isShared: boolean;
  readonly session: RouteSession;
  readonly era: Era;
}

/**
 * Brings one agent's requests to one upstream of a route with several: in the agent's session with that upstream,
 * in the era that it speaks, and in a new session when it has lost the old one.
 * It stands in the forwarder's place, so that the steps of the gateway happen once, whatever it takes to get through.
 */
export class UpstreamLink {
  readonly #request: AgentRequest;
  readonly #agent: AgentSession;
  readonly #parts: LinkParts;
  readonly #greeter: Greeter;
  readonly #localKey: string;
  readonly #words: OwnWords;
  /** Undefined where every proxy has its own session: of agents that have none themselves. */
  readonly #shared: SharedWay | undefined;

  constructor(request: AgentRequest, agent: AgentSession, parts: LinkParts) {
    this.#request = request;
    this.#agent = agent;
    this.#parts = parts;
    this.#greeter = new Greeter(parts);
    this.#words = new OwnWords(request, parts.gateway);
    this.#localKey = JSON.stringify([agent.key, addressOf(request.upstream)]);
    if (!agent.isShared) this.#shared = new SharedWay(parts.shared, this.#localKey, request);
  }

  /** The steps of the gateway, with this link in the place of what reaches upstreams. */
  get gateway(): Gateway {
    const { gateway } = this.#parts;
    return {
      ...gateway,
      forwarder: {
        call: (call, body, listener) => this.#call(call, body, listener),
        deliver: (request, body) => this.#deliver(request, body),
        openStream: (request) => this.#openStream(request),
      },
      catalog: {
        forget: (upstream) => gateway.catalog.forget(upstream),
        find: (call, ...wanted) =>
          this.#inCatalog(call, (catalog, sent) => catalog.find(sent, ...wanted)),
        list: (call, kind) => this.#inCatalog(call, (catalog, sent) => catalog.list(sent, kind)),
      },
    };
  }

  /** What the upstream says of itself. A legacy session that this begins for a modern agent is kept. */
  async greet(): Promise<Greeting> {
    const { era, session } = this.#agent;
    const { eras, locals } = this.#parts;
    if (era === "modern" && !eras.speaks(this.#request.upstream, "modern")) {
      return await locals.open(this.#localKey, () => this.#begin());
    }
    return await this.#greeter.greet(this.#request, session.profile, era);
  }

  async #call(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer> {
    const way = await this.#way();
    const answer = await this.#send(way, call, body, listener);
    if (!isLost(answer, way)) return answer;
    return await this.#send(await this.#renew(way), call, body, listener);
  }

  async #send(way: Way, call: Call, body: Buffer, listener: AnswerListener): Promise<Answer> {
    const { forwarder } = this.#parts.gateway;
    const isListening = call.era === "modern" && call.message.method === "subscriptions/listen";
    if (isListening && way.era === "legacy") return await this.#listen(call, listener);
    const sent = translate({ call, body, listener }, way, {
      isShared: this.#agent.isShared,
      profile: this.#agent.session.profile,
      refuse: (message) => this.#words.refuse(way, message),
    });
    if ("answer" in sent) return sent.answer;
    const cancel = () => void this.#words.cancel(way, sent.call);
    // The agent's own message names a session that the upstream does not know any more.
    const isRenewed = way.era === "legacy" && way !== this.#sealedWay;
    if (sent.cancelsByMessage || isRenewed)
      call.signal.addEventListener("abort", cancel, { once: true });
    try {
      const forward = (one: Outgoing) => forwarder.call(one.call, one.body, one.listener);
      if (!sent.mayAsk) return sent.toAgent(await forward(sent));
      const capabilities = askableBy(this.#agent.session.profile, call.upstream);
      const asking = { questions: this.#parts.questions, session: this.#agent.key, capabilities };
      return sent.toAgent(await callInRounds(sent, forward, asking));
    } finally {
      call.signal.removeEventListener("abort", cancel);
    }
  }

  /** Where a modern agent can listen: in the session of its calls, or in one of its own. */
  #listen(call: Call, listener: AnswerListener): Promise<Answer> {
    const { locals, listening } = this.#parts;
    return listenToLegacy(call, listener, {
      key: this.#localKey,
      listening,
      words: this.#words,
      shared: () => locals.open(this.#localKey, () => this.#begin()),
      begin: () => this.#begin(),
    });
  }

  /** Looks something up in the session in which the call goes to the upstream. */
  async #inCatalog<Found extends LookedUp>(
    call: Call,
    look: LookUp<Found>,
  ): Promise<Found | Refusal> {
    const way = await this.#way();
    const { isShared, session } = this.#agent;
    const { catalog } = this.#parts.gateway;
    const parts = { isShared, profile: session.profile, catalog, look };
    const found = await lookUp(way, call, parts);
    if (!isRefusal(found) || !isLost(found.answer, way)) return found;
    return await lookUp(await this.#renew(way), call, parts);
  }

  /** Nothing is begun to deliver something: an upstream that has no session knows nothing of what it is about. */
  async #deliver(request: AgentRequest, body: Buffer | undefined): Promise<Receipt> {
    if (await this.#takeAnswer(body)) return nothingSent;
    const way = (await this.#localWay()) ?? (await this.#findShared()) ?? this.#sealedWay;
    if (way?.era !== this.#agent.era) return nothingSent;
    const { forwarder } = this.#parts.gateway;
    const deliverOn = (on: Way) =>
      forwarder.deliver({ ...request, headers: headersOn(on, request.headers) }, body);
    const receipt = await deliverOn(way);
    if (request.httpMethod === "DELETE") {
      this.#parts.locals.forget(this.#localKey);
      await this.#shared?.forget();
    } else if (receipt.status === 404) {
      const renewed = await this.#shared?.find();
      if (renewed && !isSameWay(renewed, way)) return await deliverOn(renewed);
    }
    return receipt;
  }

  /** Whether a message answers what the gateway asked in the upstream's name: then whoever waits has it now. */
  async #takeAnswer(body: Buffer | undefined): Promise<boolean> {
    const { questions } = this.#parts;
    const message: unknown = body && JSON.parse(body.toString("utf8"));
    if (!isObject(message) || "method" in message || !questions.isOurs(message["id"])) return false;
    await questions.answer(this.#agent.key, message as unknown as JsonRpcResponse);
    return true;
  }

  async #openStream(request: AgentRequest): Promise<ServerStream | Receipt> {
    const way = await this.#way();
    if (way.era === "modern") return noStream;
    const open = (on: Way, lastEventId?: string) => {
      const headers = {
        ...headersOn(on, request.headers),
        ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
      };
      return this.#parts.gateway.forwarder.openStream({ ...request, headers });
    };
    const opened = await open(way, request.headers["last-event-id"]);
    const isGone = isReceipt(opened) && (opened.status === 404 || opened.status === 400);
    return isGone ? await open(await this.#renew(way)) : opened;
  }

  /** How to reach the upstream now. Rejects with an UpstreamError. */
  async #way(): Promise<Way> {
    const known = (await this.#localWay()) ?? this.#sealedWay;
    if (known) return known;
    const { locals, eras } = this.#parts;
    const { era } = this.#agent;
    if (era === "modern" && eras.speaks(this.#request.upstream, era)) return { era };
    const { way } = await locals.open(this.#localKey, () => this.#join(undefined));
    return way;
  }

  async #localWay(): Promise<Way | undefined> {
    const local = await this.#parts.locals.peek(this.#localKey)?.catch(() => undefined);
    return local?.way;
  }

  /** The session that another proxy has begun: what the agent has to say may be about that. */
  async #findShared(): Promise<Way | undefined> {
    const found = await this.#shared?.find();
    if (!found) return undefined;
    const { way } = await this.#parts.locals.open(this.#localKey, async () => greetingOf(found));
    return way;
  }

  /** The way that was found when the agent's session began. */
  get #sealedWay(): Way | undefined {
    return this.#agent.session.ways.get(this.#request.upstream.name);
  }

  async #renew(lost: Way): Promise<Way> {
    const { locals, eras } = this.#parts;
    eras.forget(this.#request.upstream);
    const { way } = await locals.renew(this.#localKey, lost, () => this.#join(lost));
    return way;
  }

  async #join(lost: Way | undefined): Promise<Greeting> {
    const acts = { begin: () => this.#begin(), end: (way: Way) => this.#words.end(way) };
    return this.#shared ? await this.#shared.join(lost, acts) : await acts.begin();
  }

  /** Begins a session in the agent's name. What a modern agent can be asked, it cannot be asked through a session. */
  async #begin(): Promise<Greeting> {
    const { era, session } = this.#agent;
    const profile = era === "modern" ? { ...session.profile, capabilities: {} } : session.profile;
    const greeting = await this.#greeter.greet(this.#request, profile, era);
    if (greeting.way.era === "legacy") await this.#words.initialized(greeting.way);
    return greeting;
  }
}
