import { Readable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import type { SseEvent } from "../mcp/sse.ts";
import type { PassingListener } from "./answer-listener.ts";
import { HeldBytes, Hold, windowBytes } from "./held-bytes.ts";
import { readAnswer } from "./read-answer.ts";
import type { UpstreamResponse } from "./upstream-pool.ts";

const pieceBytes = 16 * 1024;
const json = "application/json";
const stream = "text/event-stream";

/** A response that is made while it is read, and the bytes that were taken of it. */
function respond(type: string, parts: Iterable<string>) {
  const held = new HeldBytes({ maxBytes: 4 * windowBytes, maxAnswerBytes: 8 * windowBytes });
  const taken = { bytes: 0 };
  const ignored: number[] = [];
  function* chunks() {
    for (const part of parts) {
      taken.bytes += part.length;
      yield Buffer.from(part);
    }
  }
  const body = Readable.from(chunks(), { highWaterMark: 1 });
  const response = {
    status: 200,
    headers: { "content-type": type },
    body,
    hold: new Hold(held, "raw"),
    onIgnored: (events: number) => ignored.push(events),
    done: () => {},
  } as unknown as UpstreamResponse;
  return { response, taken, held, ignored };
}

/** A long answer to call 1 in small parts: so many pieces of text between two ends. */
function* longAnswer(count: number, [first, last]: readonly [string, string]) {
  yield `${first}{"content":[{"type":"text","text":"`;
  for (let at = 0; at < count; at += 1) yield "x".repeat(pieceBytes);
  yield `"}]}${last}`;
}

const idFirst = ['{"jsonrpc":"2.0","id":1,"result":', "}"] as const;
const idLast = ['{"result":', ',"jsonrpc":"2.0","id":1}'] as const;
const asEvent = ([first, last]: readonly [string, string]) =>
  [`event: message\nid: 4\ndata: ${first}`, `${last}\n\n`] as const;

/** An agent that takes what it is given, or as fast as a test lets it. */
function agent(write: (bytes: Buffer) => Promise<void> = async () => {}) {
  const got: Buffer[] = [];
  const begun: unknown[] = [];
  const events: SseEvent[] = [];
  const listener: PassingListener = {
    onStream: () => {},
    onEvent: async (event) => void events.push(event),
    pass: {
      begin: ({ event }) => begun.push(event),
      write: (bytes) => {
        got.push(Buffer.from(bytes));
        return write(bytes);
      },
    },
  };
  return { listener, begun, events, text: () => Buffer.concat(got).toString("utf8") };
}

const ask = (response: UpstreamResponse, listener: PassingListener) =>
  readAnswer(response, { upstream: "raw", requestId: 1, listener });

describe.each([
  ["JSON with the id first", json, idFirst],
  ["JSON with the id last", json, idLast],
  ["an event with the id first", stream, asEvent(idFirst)],
  ["an event with the id last", stream, asEvent(idLast)],
])("a long answer in %s", (_, type, ends) => {
  it("goes on as it comes, all but its last brace, and no more than a window of it is held", async () => {
    const { response, held } = respond(type, longAnswer(200, ends));
    const { listener, text } = agent(async () => expect(held.inUse).toBeLessThan(pieceBytes));

    const answer = await ask(response, listener);

    expect(answer).toMatchObject({ via: "passed", isToolError: false });
    const whole = `${text()}${(answer as { end: Buffer }).end}`;
    expect(JSON.parse(whole).result.content[0].text).toHaveLength(200 * pieceBytes);
    expect(() => JSON.parse(text())).toThrow();
  });

  it("is taken no faster than the agent takes it", async () => {
    const { response, taken } = respond(type, longAnswer(4_000, ends));
    const { listener } = agent(() => new Promise(() => {}));

    void ask(response, listener);
    await vi.waitFor(() => expect(taken.bytes).toBeGreaterThan(windowBytes));
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);

    // The window, the piece that filled it, and the one that the stream has ready.
    expect(taken.bytes).toBeLessThanOrEqual(windowBytes + 3 * pieceBytes);
  });

  it("that is short is held, and read as ever", async () => {
    const { response } = respond(type, longAnswer(2, ends));
    const { listener, begun } = agent();
    const answer = await ask(response, listener);
    expect(answer).toMatchObject({ message: { id: 1 } });
    expect(begun).toEqual([]);
  });

  it("that breaks off is never completed", async () => {
    const [first, last] = ends;
    const { response } = respond(type, longAnswer(40, [first, last.slice(0, -3)]));
    const { listener, text } = agent();
    await expect(ask(response, listener)).rejects.toThrow("raw");
    expect(() => JSON.parse(text())).toThrow();
  });
});

it.each([
  ["JSON", json, ['{"result":', ',"jsonrpc":"2.0","id":2}'] as const],
  ["an event", stream, asEvent(['{"result":', ',"jsonrpc":"2.0","id":2}'])],
])("a long answer to another call, in %s, is never completed", async (_, type, ends) => {
  const { response } = respond(type, longAnswer(40, ends));
  const { listener, text } = agent();
  await expect(ask(response, listener)).rejects.toThrow("is not the answer to this call");
  expect(() => JSON.parse(text())).toThrow();
});

it.each([
  ["another id", '{"id":2,"result":'],
  ["an error", '{"id":1,"error":'],
  ["a batch", '[{"id":1,"result":'],
])("what begins with %s is held whole, within the bound of what is held", async (_, first) => {
  const { response, held } = respond(json, longAnswer(200, [first, "}"]));
  const { listener, begun } = agent();
  await expect(ask(response, listener)).rejects.toThrow("has room for at the moment");
  expect(begun).toEqual([]);
  expect(held.inUse).toBeLessThanOrEqual(4 * windowBytes);
});

it("a long notification before the answer is held whole, and given back when it was told", async () => {
  function* parts() {
    yield* longAnswer(40, ['data: {"jsonrpc":"2.0","method":"x","params":', "}\n\n"]);
    yield* longAnswer(40, asEvent(idLast));
  }
  const { response, held } = respond(stream, parts());
  const { listener, events, begun } = agent(async () =>
    expect(held.inUse).toBeLessThan(pieceBytes),
  );
  expect(await ask(response, listener)).toMatchObject({ via: "passed" });
  expect(events).toHaveLength(1);
  expect(begun).toEqual([{ data: "", event: "message", id: "4" }]);
});

it("events that no client of MCP listens to are dropped, and counted once for a stream", async () => {
  const answer = 'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n';
  const odd = [
    "event: ping\ndata: hello\n\n",
    "event: ping\nid: 7\ndata: hello\n\n",
    ": a comment\n\n",
  ];
  const { response, ignored } = respond(stream, [...odd, answer]);
  const { listener, events } = agent();

  await ask(response, listener);

  expect(events).toEqual([{ id: "7" }]);
  expect(ignored).toEqual([2]);
});
