import { expect, it } from "vitest";
import { decodeResumePoint, encodePosition, encodePositions } from "./event-ids.ts";

it("remembers where each upstream stands", () => {
  const positions = new Map([
    ["files", "7"],
    ["mail", 'x"é'],
  ]);
  expect(decodeResumePoint(encodePositions(positions))).toEqual({ kind: "merged", positions });
});

it("remembers where one upstream's answer broke off", () => {
  expect(decodeResumePoint(encodePosition("files", "7"))).toEqual({
    kind: "single",
    upstream: "files",
    lastEventId: "7",
  });
});

it("can travel in a header", () => {
  expect(encodePosition("files", "ä\n")).toMatch(/^[\w.-]+$/);
});

it("gives no id rather than one that is too long for a header", () => {
  expect(encodePosition("files", "x".repeat(5_000))).toBeUndefined();
});

it.each([undefined, "", "7", "m.", "s.e30", "m.bm90IGpzb24", encodePosition("a", "b\r\nc: d")])(
  "takes %j for no id of ours",
  (id) => {
    expect(decodeResumePoint(id)).toBeUndefined();
  },
);
