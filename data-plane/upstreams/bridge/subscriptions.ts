import { type Message, paramOf } from "./rewrite.ts";
import type { ServerClient } from "./server-client.ts";

const maxOfClient = 1_000;

/** Which clients of a shared server have subscribed to which resources. */
export class Subscriptions {
  readonly #byUri = new Map<string, Set<ServerClient>>();

  /**
   * Notes what a client asks for. Whether that needs no server: one subscription there stands for all, and ends with the last.
   */
  settles(message: Message, client: ServerClient): boolean {
    const uri = paramOf(message, "uri");
    if (typeof uri !== "string") return false;
    if (message["method"] === "resources/subscribe") this.#add(uri, client);
    return message["method"] === "resources/unsubscribe" && !this.#remove(uri, client);
  }

  /** A client that has too many hears no more of the next. */
  #add(uri: string, client: ServerClient): void {
    const ofClient = [...this.#byUri.values()].filter((it) => it.has(client)).length;
    if (ofClient >= maxOfClient) return;
    const clients = this.#byUri.get(uri) ?? new Set();
    this.#byUri.set(uri, clients.add(client));
  }

  /** Returns whether nobody is subscribed any more. */
  #remove(uri: string, client: ServerClient): boolean {
    const clients = this.#byUri.get(uri);
    clients?.delete(client);
    if (clients && clients.size > 0) return false;
    this.#byUri.delete(uri);
    return true;
  }

  /** Returns the resources to which nobody is subscribed any more. */
  removeAll(client: ServerClient): readonly string[] {
    return [...this.#byUri.keys()].filter(
      (uri) => this.#byUri.get(uri)?.has(client) && this.#remove(uri, client),
    );
  }

  /** Those that a change of this resource concerns: a part of what was subscribed to counts (MCP, resource updates). */
  of(uri: string): readonly ServerClient[] {
    const concerned = [...this.#byUri].filter(
      ([subscribed]) => uri === subscribed || uri.startsWith(`${subscribed.replace(/\/$/, "")}/`),
    );
    return [...new Set(concerned.flatMap(([, clients]) => [...clients]))];
  }
}
