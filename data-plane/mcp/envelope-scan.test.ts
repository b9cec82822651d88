import { describe, expect, it } from "vitest";
import { EnvelopeScan } from "./envelope-scan.ts";

/** Scans a text in pieces of so many bytes. */
function scan(text: string, size = 3): EnvelopeScan {
  const seen = new EnvelopeScan();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) seen.push(bytes.subarray(at, at + size));
  return seen;
}

const answers: [string, string, unknown][] = [
  ["before the result", '{"jsonrpc":"2.0","id":7,"result":{"a":"x"}}', 7],
  ["behind the result", '{"result":{"content":[{"id":8}]},"jsonrpc":"2.0","id":7}', 7],
  ["with space around it", '\n{ "id" :\t7 , "result" : [ 1 , "}" ] }\r\n', 7],
  ["that is text", '{"result":null,"id":"a\\"b\\\\"}', 'a"b\\'],
  ["that is written in escapes", '{"\\u0069d":"\\u0061","result":{}}', "a"],
  ["that is negative", '{"id":-1.5e1,"result":{}}', -15],
  ["behind text that looks like an end", '{"result":{"t":"\\\\\\"}],\\\\"},"id":7}', 7],
];

describe("the id", () => {
  it.each(answers)("%s is found, in pieces of any size", (_, text, id) => {
    for (let size = 1; size <= text.length; size += 1) {
      const { problem, isComplete, id: found } = scan(text, size);
      expect({ problem, isComplete, found }).toEqual({
        problem: undefined,
        isComplete: true,
        found: id,
      });
    }
  });

  it("of something inside is not taken for it", () => {
    expect(scan('{"result":{"id":7,"x":{"id":7}},"_meta":{"id":7}}').id).toBeUndefined();
  });

  it("that is an object is none", () => {
    expect(scan('{"result":{},"id":{"a":[1]}}').id).not.toBe(7);
  });
});

it.each([
  ['{"id":1,"result":{},"id":2}', "has the same key twice"],
  ['{"id":1,"result":{},"ID":2}', "has the same key twice"],
  ['{"id":1,"result":{},"\\u0069d":2}', "has the same key twice"],
  ['{"id":1,"method":"ping","params":{}}', "is a request"],
  ['{"id":1,"result":{},"error":{}}', "is two answers in one"],
  ['{"id":1,"result":{}}{"id":2}', "is followed by something else"],
  ['[{"id":1}]', "is not an object"],
  ["<html>", "is not an object"],
  [`{"${"k".repeat(2_000)}":1}`, "has a key that is too long"],
])("finds what is wrong: %s", (text, problem) => {
  for (const size of [1, 7, text.length]) expect(scan(text, size).problem).toBe(problem);
});

it.each([
  ['{"result":{"content":[],"isError":true},"id":1}', true],
  ['{"result":{"isError" : true,"content":[]},"id":1}', true],
  ['{"result":{"content":[],"isError":false},"id":1}', false],
  ['{"result":{"content":[{"isError":true}]},"isError":true,"id":1}', false],
  ['{"result":{"text":"isError","x":true},"id":1}', false],
])("knows whether a tool failed: %s", (text, isToolError) => {
  for (const size of [1, 5, text.length]) expect(scan(text, size).isToolError).toBe(isToolError);
});

it("says where the brace stands that ends the message", () => {
  const seen = new EnvelopeScan();
  expect(seen.push(Buffer.from('{"id":1,"result":'))).toBe(17);
  expect(seen.isInResult).toBe(true);
  expect(seen.push(Buffer.from('{"a":{}}} \n'))).toBe(8);
  expect(seen.isInResult).toBe(false);
});

it("reads strings of any length and any escapes as JSON.parse does, in pieces of any size", () => {
  const texts = Array.from({ length: 80 }, (_, index) => [
    `${"x".repeat(index)}"${"\\".repeat(index % 5)}`,
    `${"\\".repeat(index % 7)}${"y".repeat(index)}}]"`,
  ]);
  const result = { content: [{ type: "text", text: JSON.stringify(texts) }], rows: { texts } };
  const text = JSON.stringify({ result, jsonrpc: "2.0", id: 7 });
  for (const size of [1, 2, 3, 5, 31, 32, 33, 34, 64, 97, 1_000, text.length]) {
    const { problem, isComplete, id } = scan(text, size);
    expect({ problem, isComplete, id }).toEqual({ problem: undefined, isComplete: true, id: 7 });
  }
});
