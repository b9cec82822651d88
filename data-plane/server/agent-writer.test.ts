import {
  createServer,
  get,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AgentWriter } from "./agent-writer.ts";
import { HttpReply } from "./http-reply.ts";

const mebibyte = 1024 * 1024;
let server: Server;
let take: (response: ServerResponse) => void = () => {};

beforeEach(async () => {
  server = createServer((_, response) => take(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** An agent that has asked and reads nothing until it is told to, and the way to write to it. */
async function ask(): Promise<{ answer: Promise<IncomingMessage>; response: ServerResponse }> {
  const { port } = server.address() as AddressInfo;
  const asked = new Promise<ServerResponse>((resolve) => {
    take = resolve;
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: "127.0.0.1" }, resolve).on("error", reject);
  });
  answer.catch(() => {});
  return { answer, response: await asked };
}

describe("an agent that does not read", () => {
  const event = Buffer.alloc(64 * 1024, "x");

  it("makes who writes wait, before a mebibyte more than one event is held for it", async () => {
    const { response } = await ask();
    const writer = new AgentWriter(response, () => {});
    let written = 0;
    const flood = async () => {
      for (let count = 0; count < 2_000; count += 1) {
        written += 1;
        await writer.write(event);
      }
    };
    void flood();

    const held: number[] = [];
    await vi.waitFor(() => {
      held.push(response.writableLength);
      // It stands still: what the system takes for a connection is full, and so is our share.
      expect(held.at(-1)).toBeGreaterThan(0);
      expect(held.slice(-5)).toEqual(Array(5).fill(held.at(-1)));
    });

    expect(written).toBeLessThan(2_000);
    expect(Math.max(...held)).toBeLessThan(mebibyte + event.length);
  });

  it("is cut off after a while, which is told once; what comes later is dropped", async () => {
    const { response } = await ask();
    const slow: number[] = [];
    const writer = new AgentWriter(response, (waitedMs) => slow.push(waitedMs), 100);
    const writing = Array.from({ length: 8 }, () => writer.write(Buffer.alloc(mebibyte)));

    await Promise.all(writing);

    expect(response.destroyed).toBe(true);
    expect(slow).toEqual([100]);
    await writer.write(event);
    expect(response.writableLength).toBeLessThan(8 * mebibyte);
  });

  it("is cut off when many speak to it at once, and does not fill the memory", async () => {
    const { response } = await ask();
    const slow: number[] = [];
    const writer = new AgentWriter(response, (waitedMs) => slow.push(waitedMs), 100);
    for (let count = 0; count < 1_000; count += 1) void writer.write(event);

    expect(response.writableLength).toBeLessThan(mebibyte + event.length);
    await vi.waitFor(() => expect(response.destroyed).toBe(true));
    expect(slow).toEqual([100]);
  });
});

it("what many speak at once arrives whole and in order at an agent that reads", async () => {
  const { answer, response } = await ask();
  const writer = new AgentWriter(response, () => {});
  const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(128 * 1024, 65 + index));
  const written = Promise.all(pieces.map((piece) => writer.write(piece)));
  const read: Buffer[] = [];
  for await (const chunk of (await answer).once("error", () => {})) {
    read.push(chunk as Buffer);
    if (Buffer.concat(read).length === 40 * 128 * 1024) break;
  }
  await written;
  expect(Buffer.concat(read).equals(Buffer.concat(pieces))).toBe(true);
});

describe("a stream on which nothing is said", () => {
  it("shows by comments that it lives, but not within an event, and asks not to be buffered", async () => {
    const { answer, response } = await ask();
    const reply = new HttpReply(response, () => {}, 10);
    reply.openStream();
    const incoming = await answer;
    expect(incoming.headers["x-accel-buffering"]).toBe("no");
    let text = "";
    incoming.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    await vi.waitFor(() => expect(text).toContain(": keep-alive\n\n: keep-alive\n\n"));

    const write = reply.beginAnswer({ status: 200, headers: {}, event: { event: "message" } });
    await write(Buffer.from('{"first":1,'));
    const commentsBefore = text.split(": keep-alive").length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await write(Buffer.from('"second":2'));
    reply.endAnswer(Buffer.from("}"));

    await vi.waitFor(() => expect(text).toContain('data: {"first":1,"second":2}\n\n'));
    expect(text.split(": keep-alive").length - commentsBefore).toBeLessThanOrEqual(1);
  });
});
