import { expect, it } from "vitest";
import { encodeEvent, type SseEvent, SseParser } from "./sse.ts";

const text =
  'event: message\nid: 1\ndata: {"a":\ndata: 1}\n\n: comment\n\nretry: 500\n\ndata:x\r\n\r\nid: 2\rdata: grö\u{1F600}ße\r\r';
const events: SseEvent[] = [
  { event: "message", id: "1", data: '{"a":\n1}' },
  { retry: 500 },
  { data: "x" },
  { id: "2", data: "grö\u{1F600}ße" },
];

it.each([1, 2, 3, 7, 1_000])("reads the same events in pieces of %d bytes", (size) => {
  const parser = new SseParser(1_000);
  const bytes = Buffer.from(`${text}\n`);
  const read: SseEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    read.push(...parser.push(bytes.subarray(at, at + size)));
  }
  expect(read).toEqual(events);
});

it("writes what it reads", () => {
  const parser = new SseParser(1_000);
  expect(events.flatMap((event) => parser.push(Buffer.from(encodeEvent(event))))).toEqual(events);
});

it("refuses an event over its bound, also when it comes in pieces", () => {
  const parser = new SseParser(100);
  parser.push(Buffer.from(`data: ${"x".repeat(60)}\n`));
  expect(() => parser.push(Buffer.from(`data: ${"x".repeat(60)}`))).toThrow("longer than 100");
});
