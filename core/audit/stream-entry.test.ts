import { expect, it } from "vitest";
import { recordIn } from "./stream-entry.ts";

const text = JSON.stringify({
  id: "r1",
  producer: "p",
  bootId: "b",
  sequence: 7,
  event: "request",
});
const fields = ["id", "r1", "d", text, "p", "p", "b", "b", "s", "7"];

it("takes the record of an entry as it was written", () => {
  expect(recordIn(fields)).toBe(text);
});

it.each([
  [
    "another id, which would make its consumers drop it as a repeat",
    ["id", "r0", ...fields.slice(2)],
  ],
  ["a second record", [...fields, "d", text]],
  ["no number", fields.slice(0, -2)],
  ["no record", ["id", "r1", "d", "none", ...fields.slice(4)]],
])("takes no entry for a record that has %s", (_, damaged) => {
  const taken = JSON.parse(recordIn(damaged));
  expect(taken).toEqual(damaged);
});
