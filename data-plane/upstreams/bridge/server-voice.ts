import type { Logger } from "../../../core/service/log.ts";
import { jsonRpcCodes } from "../../mcp/json-rpc.ts";
import type { OpenRequests } from "./open-requests.ts";
import { errorLine } from "./refusal.ts";
import {
  type Message,
  paramOf,
  subscriptionIdOf,
  withParam,
  withSubscriptionId,
} from "./rewrite.ts";
import type { ServerClient } from "./server-client.ts";
import type { Subscriptions } from "./subscriptions.ts";

interface ServerVoiceOptions {
  /** Whether agents share the server. */
  readonly isForAll: boolean;
  readonly requests: OpenRequests;
  readonly subscriptions: Subscriptions;
  readonly reply: (line: string) => void;
  readonly log: Logger;
}

const maxAsked = 1_000;

/**
 * Brings what a shared server says on its own to whom it concerns. Within one agent, what names nobody reaches all
 * its sessions, and a question the one that asked last. Between agents, what names nobody reaches nobody.
 */
export class ServerVoice {
  readonly clients = new Set<ServerClient>();
  /** Who was asked what, by the id of the question as JSON. */
  readonly #asked = new Map<string, ServerClient>();
  readonly #options: ServerVoiceOptions;

  constructor(options: ServerVoiceOptions) {
    this.#options = options;
  }

  say(message: Message): void {
    if ("id" in message) this.#ask(message);
    else this.#tell(message);
  }

  /** Whether this client was asked this, and has not answered before. */
  takeAnswer(id: unknown, client: ServerClient): boolean {
    const key = JSON.stringify(id);
    return this.#asked.get(key) === client && this.#asked.delete(key);
  }

  remove(client: ServerClient): void {
    this.clients.delete(client);
    for (const [key, asked] of this.#asked) {
      if (asked !== client) continue;
      this.#asked.delete(key);
      this.#options.reply(errorLine(JSON.parse(key), "the client is gone"));
    }
  }

  #ask(question: Message): void {
    const { id, method } = question;
    const { isForAll, requests, reply } = this.#options;
    if (method === "ping") {
      reply(JSON.stringify({ jsonrpc: "2.0", id, result: {} }));
      return;
    }
    const all = [...this.clients];
    const client = isForAll
      ? undefined
      : (requests.newest()?.client ?? all.findLast((it) => it.isListening) ?? all.at(-1));
    if (!client || this.#asked.size >= maxAsked) {
      const why = isForAll
        ? "agents share this server, and nothing says which of them is asked"
        : "there is no client that could be asked";
      reply(errorLine(id, why, jsonRpcCodes.methodNotFound));
      return;
    }
    this.#asked.set(JSON.stringify(id), client);
    client.hear(JSON.stringify(question), id);
  }

  #tell(notification: Message): void {
    const { requests, subscriptions } = this.#options;
    const { method } = notification;
    const subscription = subscriptionIdOf(notification);
    if (method === "notifications/progress") this.#tellProgress(notification);
    else if (method === "notifications/cancelled") this.#tellCancelled(notification);
    else if (subscription !== undefined) {
      const request = requests.find(subscription);
      const line = () => JSON.stringify(withSubscriptionId(notification, request?.id));
      if (request) request.stream?.send(line());
    } else if (method === "notifications/resources/updated") {
      const line = JSON.stringify(notification);
      const uri = String(paramOf(notification, "uri"));
      for (const client of subscriptions.of(uri)) client.hear(line);
    } else this.#tellAll(notification);
  }

  #tellProgress(notification: Message): void {
    const request = this.#options.requests.find(paramOf(notification, "progressToken"));
    if (request?.progressToken === undefined || !request.stream?.acceptsStream) return;
    const { progressToken, stream } = request;
    stream.send(JSON.stringify(withParam(notification, "progressToken", progressToken)));
  }

  /** The server no longer wants an answer. */
  #tellCancelled(notification: Message): void {
    const key = JSON.stringify(paramOf(notification, "requestId"));
    const client = this.#asked.get(key);
    this.#asked.delete(key);
    client?.hear(JSON.stringify(notification));
  }

  /** That a list changed is the same news for everybody; other words may be about one agent. */
  #tellAll(notification: Message): void {
    const { isForAll, requests, log } = this.#options;
    const method = String(notification["method"]);
    if (isForAll && !/^notifications\/(tools|prompts|resources)\/list_changed$/.test(method)) {
      log.debug({ method }, "a notification of a shared server says not for whom it is: dropped");
      return;
    }
    const line = JSON.stringify(isForAll ? { jsonrpc: "2.0", method } : notification);
    for (const client of this.clients) client.hear(line);
    if (this.clients.size === 0 && !isForAll) requests.newest()?.stream?.send(line);
  }
}
