import type { ClientStream } from "./client-stream.ts";
import type { Message } from "./rewrite.ts";
import type { ServerClient } from "./server-client.ts";

/** A request that a shared server has not answered. */
export interface OpenRequest {
  /** Its id at the server. */
  readonly key: number;
  /** Its id at the client. */
  readonly id: unknown;
  readonly agent: string;
  readonly method: string;
  readonly isModern: boolean;
  readonly progressToken: unknown;
  /** Undefined: it belongs to no session. */
  readonly client: ServerClient | undefined;
  /** Undefined: it is the bridge's own. */
  readonly stream: ClientStream | undefined;
  readonly onAnswer: (answer: Message) => void;
  /** Called when the server ends without an answer, or never reads the request. */
  readonly onFailure: (message: string, status: number) => void;
}

const maxOpen = 1_000;
/** So that one agent leaves room for others. */
const maxOpenOfAgent = 250;

/** The requests that a shared server has not answered, in the order in which they came. */
export class OpenRequests {
  readonly #byKey = new Map<number, OpenRequest>();
  /** Their clients went away, which cancels nothing; they may still say that it is to be cancelled. */
  readonly #departed = new Map<number, OpenRequest>();
  #lastKey = 0;

  get size(): number {
    return this.#byKey.size;
  }

  hasRoomFor(agent: string): boolean {
    const ofAgent = this.#count((it) => it.agent === agent);
    return this.#byKey.size < maxOpen && ofAgent < maxOpenOfAgent;
  }

  add(request: Omit<OpenRequest, "key">): OpenRequest {
    this.#lastKey += 1;
    const open = { ...request, key: this.#lastKey };
    this.#byKey.set(open.key, open);
    return open;
  }

  find(key: unknown): OpenRequest | undefined {
    return typeof key === "number" ? this.#byKey.get(key) : undefined;
  }

  /** The request of a client by the id that the client gave it. */
  findOf(client: ServerClient, id: unknown): OpenRequest | undefined {
    const known = [...this.#byKey.values(), ...this.#departed.values()];
    return known.find((it) => it.client === client && it.id === id);
  }

  /** The latest that can take messages before its answer. */
  newest(client?: ServerClient): OpenRequest | undefined {
    return [...this.#byKey.values()].findLast(
      (it) => it.stream?.acceptsStream && it.stream.isOpen && (!client || it.client === client),
    );
  }

  of(client: ServerClient): readonly OpenRequest[] {
    return [...this.#byKey.values()].filter((it) => it.client === client);
  }

  /** Nobody waits for its answer any more. */
  depart(request: OpenRequest): void {
    if (!this.#byKey.delete(request.key)) return;
    this.#departed.set(request.key, request);
    const [oldest] = this.#departed.keys();
    if (this.#departed.size > maxOpen && oldest !== undefined) this.#departed.delete(oldest);
  }

  /** Returns whether it was there. */
  remove({ key }: OpenRequest): boolean {
    this.#departed.delete(key);
    return this.#byKey.delete(key);
  }

  takeAll(): readonly OpenRequest[] {
    const all = [...this.#byKey.values()];
    this.#byKey.clear();
    return all;
  }

  #count(matches: (request: OpenRequest) => boolean): number {
    return [...this.#byKey.values()].filter(matches).length;
  }
}
