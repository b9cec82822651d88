import { type ReceivedEvent, readEvents, type Side, withoutChance } from "./exchange.ts";
import { type Message, type Probe, type ProbeEra, post } from "./probe.ts";

const giveUpAfterMs = 4_000;

/** One client's way to a server: each of its requests may reach another proxy. */
export class Talk {
  readonly #sides: readonly Side[];
  #sent = 0;

  constructor(sides: readonly Side[]) {
    this.#sides = sides;
  }

  /** Sends a message and leaves the answer open. */
  send(era: ProbeEra, message: Message): Promise<OpenAnswer> {
    return this.#request(post("talk", era, { jsonrpc: "2.0", ...message }));
  }

  /** Sends a message and reads the answer to its end. */
  async say(era: ProbeEra, message: Message): Promise<OpenAnswer> {
    const answer = await this.send(era, message);
    await answer.readUntil(() => false);
    return answer;
  }

  /** Sends several messages in one request, as only the revision 2025-03-26 does, and reads all answers. */
  async sayAll(messages: readonly Message[]): Promise<OpenAnswer> {
    const headers = { "mcp-protocol-version": "2025-03-26" };
    const batch = messages.map((message) => ({ jsonrpc: "2.0", ...message }));
    const probe = post("talk", "legacy", {}, { headers });
    const answer = await this.#request({ ...probe, body: JSON.stringify(batch) });
    await answer.readUntil(() => false);
    return answer;
  }

  /** Opens the stream of the session, or resumes one. */
  get(lastEventId?: string): Promise<OpenAnswer> {
    const resumed = lastEventId === undefined ? undefined : { "last-event-id": lastEventId };
    return this.#request(sessionRequest("GET", { accept: "text/event-stream", ...resumed }));
  }

  /** Ends the session. */
  delete(): Promise<OpenAnswer> {
    return this.#request(sessionRequest("DELETE", {}));
  }

  async #request({ method, headers, body, inSession }: Probe): Promise<OpenAnswer> {
    const side = this.#sides[this.#sent++ % this.#sides.length];
    if (!side) throw new Error("there is no side to talk to");
    const session = inSession && side.sessionId ? { "mcp-session-id": side.sessionId } : undefined;
    const closed = new AbortController();
    const response = await fetch(side.url, {
      method,
      headers: { ...headers, ...session },
      signal: closed.signal,
      ...(body !== undefined && { body }),
    });
    return new OpenAnswer(response, closed);
  }
}

/** An answer that is read as it comes. */
export class OpenAnswer {
  readonly status: number;
  /** Everything so far, word for word. */
  text = "";
  readonly #reader: AsyncIterator<Uint8Array> | undefined;
  readonly #decoder = new TextDecoder();
  readonly #closed: AbortController;

  constructor(response: Response, closed: AbortController) {
    this.status = response.status;
    this.#reader = response.body?.[Symbol.asyncIterator]();
    this.#closed = closed;
  }

  /** Reads until enough events came, or the answer ends. Resolves to all events so far. */
  async readUntil(isEnough: (events: readonly ReceivedEvent[]) => boolean) {
    const giveUp = setTimeout(() => this.#closed.abort(), giveUpAfterMs);
    try {
      while (!isEnough(readEvents(this.text))) {
        const next = await this.#reader?.next();
        if (!next || next.done) break;
        this.text += this.#decoder.decode(next.value, { stream: true });
      }
    } catch {
      this.text += "event: gave up\n\n";
    } finally {
      clearTimeout(giveUp);
    }
    return readEvents(this.text);
  }

  get lastEventId(): string | undefined {
    return this.text
      .match(/^id: ?(.*)$/gm)
      ?.at(-1)
      ?.replace(/^id: ?/, "");
  }

  /** What of it can be compared. */
  get shown(): unknown {
    return { status: this.status, text: withoutChance(this.text), events: readEvents(this.text) };
  }

  close(): void {
    this.#closed.abort();
  }
}

function sessionRequest(method: string, headers: Record<string, string>): Probe {
  return {
    name: method,
    upstream: "fixture",
    inSession: true,
    method,
    headers: { "mcp-protocol-version": "2025-11-25", ...headers },
  };
}
