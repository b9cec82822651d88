import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { redisKeys } from "../keys.ts";
import { Exchange, type Frame, type FrameKind } from "./exchange.ts";
import { PeerError } from "./peer-error.ts";

/** Takes part in an exchange that another proxy began, until it is over. */
export type Serve = (opening: unknown, exchange: Exchange) => Promise<void>;

export interface PeerLinkOptions {
  readonly publisher: Redis;
  /** Shared with others: only the link's own channel is its affair. */
  readonly subscriber: Redis;
  /** How often peers that speak with each other show that they live. */
  readonly aliveEveryMs?: number;
}

const aliveEveryMs = 1_500;
/** Counted in ticks of our own, so that a process that was stopped for a while does not blame its peers. */
const silentTicks = 4;
const maxServed = 10_000;
/** For so long after Redis came back, a peer that does not listen may just be on its way. */
const settlesWithinMs = 5_000;

/**
 * How the proxies of a fleet speak with each other: over Redis, since they need not reach each other otherwise.
 * What Redis is trusted with in policies it is trusted with here: who may publish there could be any proxy.
 */
export class PeerLink {
  /** Of this process: another process with the same proxy id is another peer. */
  readonly name = randomBytes(9).toString("base64url");
  readonly #options: PeerLinkOptions;
  readonly #aliveEveryMs: number;
  readonly #channel = redisKeys.peerChannel(this.name);
  readonly #exchanges = new Map<string, Exchange>();
  readonly #services = new Map<string, Serve>();
  /** Ticks since each peer was heard. */
  readonly #silence = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #connectedAt = 0;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    const { subscriber } = options;
    this.#aliveEveryMs = options.aliveEveryMs ?? aliveEveryMs;
    void subscriber.subscribe(this.#channel).catch(() => {});
    subscriber.on("ready", this.#onReady);
    subscriber.on("close", this.#onLost);
    subscriber.on("message", this.#onMessage);
  }

  /** Says what to do with exchanges that peers begin for a purpose. */
  serve(purpose: string, serve: Serve): void {
    this.#services.set(purpose, serve);
  }

  /** Begins an exchange. Rejects with a PeerError when the peer is gone or Redis is away. */
  async open(peer: string, purpose: string, opening: unknown): Promise<Exchange> {
    if (this.#options.subscriber.status !== "ready") {
      throw new PeerError("unreachable", "Redis, over which proxies speak, is away");
    }
    const id = randomUUID();
    const exchange = this.#add(id, peer, { sent: 1, taken: 0 });
    const content = JSON.stringify([purpose, opening]);
    for (;;) {
      if (await this.#say(exchange, [this.name, id, 1, "open", content])) return exchange;
      if (Date.now() - this.#connectedAt > settlesWithinMs) break;
      await sleep(100);
    }
    exchange.close(PeerError.gone());
    throw PeerError.gone();
  }

  close(): void {
    const { subscriber } = this.#options;
    subscriber.off("ready", this.#onReady);
    subscriber.off("close", this.#onLost);
    subscriber.off("message", this.#onMessage);
    for (const exchange of this.#exchanges.values()) exchange.end(PeerError.gone());
    clearInterval(this.#timer);
  }

  readonly #onReady = () => {
    this.#connectedAt = Date.now();
  };

  /** What was said in the meantime is lost, so that nothing can go on. */
  readonly #onLost = () => {
    for (const exchange of this.#exchanges.values()) {
      exchange.end(new PeerError("unreachable", "Redis, over which proxies speak, was away"));
    }
  };

  readonly #onMessage = (channel: string, text: string) => {
    if (channel !== this.#channel) return;
    const [from, id, sequence, kind, content] = JSON.parse(text) as Frame;
    this.#silence.set(from, 0);
    if (kind === "open") this.#take(from, id, content);
    else {
      const exchange = this.#exchanges.get(id);
      if (exchange?.peer === from) exchange.take(sequence, kind, content);
    }
  };

  #take(from: string, id: string, content: string): void {
    const exchange = this.#add(id, from, { sent: 0, taken: 1 });
    const [purpose, opening] = JSON.parse(content);
    const serve = this.#services.get(purpose);
    if (!serve || this.#exchanges.size > maxServed) {
      exchange.end(new PeerError("refused", "the other proxy is busy", { detail: "busy" }));
      return;
    }
    serve(opening, exchange).then(
      () => exchange.end(),
      (error: unknown) => exchange.end(asPeerError(error)),
    );
  }

  #add(id: string, peer: string, first: { sent: number; taken: number }): Exchange {
    const publish = async (kind: FrameKind, sequence: number, content: string) =>
      await this.#publish(peer, [this.name, id, sequence, kind, content]);
    const onOver = () => this.#remove(id);
    const exchange = new Exchange({ id, peer, first, publish, onOver });
    this.#exchanges.set(id, exchange);
    if (!this.#silence.has(peer)) this.#silence.set(peer, 0);
    this.#timer ??= setInterval(() => this.#tick(), this.#aliveEveryMs).unref();
    return exchange;
  }

  #remove(id: string): void {
    this.#exchanges.delete(id);
    if (this.#exchanges.size > 0) return;
    this.#silence.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Lets every peer know that this process lives, and gives up those that do not let it know the same. */
  #tick(): void {
    const peers = new Set([...this.#exchanges.values()].map(({ peer }) => peer));
    for (const peer of peers) {
      const silent = (this.#silence.get(peer) ?? 0) + 1;
      this.#silence.set(peer, silent);
      if (silent > silentTicks) this.#giveUp(peer);
      const sign: Frame = [this.name, "", 0, "alive", ""];
      this.#publish(peer, sign).then(
        (isHeard) => isHeard || this.#giveUp(peer),
        () => {},
      );
    }
    for (const known of this.#silence.keys()) if (!peers.has(known)) this.#silence.delete(known);
  }

  #giveUp(peer: string): void {
    for (const exchange of this.#exchanges.values()) {
      if (exchange.peer === peer) exchange.close(PeerError.gone());
    }
  }

  async #say(exchange: Exchange, frame: Frame): Promise<boolean> {
    try {
      return await this.#publish(exchange.peer, frame);
    } catch (cause) {
      const error = new PeerError("unreachable", "Redis, over which proxies speak, is away", {
        cause,
      });
      exchange.close(error);
      throw error;
    }
  }

  async #publish(peer: string, frame: Frame): Promise<boolean> {
    const channel = redisKeys.peerChannel(peer);
    return (await this.#options.publisher.publish(channel, JSON.stringify(frame))) > 0;
  }
}

function asPeerError(error: unknown): PeerError {
  return error instanceof PeerError
    ? error
    : new PeerError("refused", "the other proxy failed", { detail: "crashed", cause: error });
}
