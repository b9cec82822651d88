import { describe, expect, it } from "vitest";
import { parseBatch, parseMessage } from "./json-rpc.ts";

describe("a message is taken", () => {
  it.each([
    { name: "a request", text: '{"jsonrpc":"2.0","id":1,"method":"ping"}' },
    { name: "an id of 0", text: '{"jsonrpc":"2.0","id":0,"method":"ping"}' },
    { name: "a notification", text: '{"jsonrpc":"2.0","method":"notifications/initialized"}' },
    { name: "an answer", text: '{"jsonrpc":"2.0","id":"a","result":{}}' },
    {
      name: "equal keys in different objects",
      text: '{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":{"k":1},"b":{"k":1},"k":[{"k":1},{"k":1}]}}',
    },
    {
      name: "keys of arguments that differ only in case, whole surrogate pairs and exact numbers",
      text: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\\ud83d\\ude00","arguments":{"id":1,"ID":9007199254740992,"x":-1.5e-7,"s":"9007199254740993"}}}',
    },
    {
      name: "backslashes before and at the end of strings",
      text: '{"jsonrpc":"2.0","id":1,"method":"x","params":{"\\\\":"\\\\","a\\"":"\\\\\\"","a":{"a":"\\\\"}}}',
    },
    {
      name: "brackets and quotes inside strings",
      text: `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"${"[".repeat(100)}\\"{","b":"\\\\"}}`,
    },
  ])("with $name", ({ text }) => {
    expect(parse(text)).toEqual({ ok: true, message: JSON.parse(text) });
  });
});

it.each(["com.example:do", "$/progress", "x.y/z~1", "a*b"])(
  "a method may be called %s",
  (method) => {
    const text = JSON.stringify({ jsonrpc: "2.0", id: 1, method });
    expect(parseMessage(Buffer.from(text)).ok).toBe(true);
  },
);

describe("a message is refused", () => {
  it.each([
    { text: "", code: -32_700, message: "not valid JSON" },
    { text: "{", code: -32_700, message: "not valid JSON" },
    { text: "<html>", code: -32_700, message: "not valid JSON" },
    { text: "[]", code: -32_600, message: "batches" },
    { text: "null", code: -32_600, message: "not a JSON-RPC message" },
    { text: '{"id":1,"method":"x"}', code: -32_600, message: '"jsonrpc": "2.0"' },
    { text: '{"jsonrpc":"2.0","id":null,"method":"x"}', code: -32_600, message: "the id" },
    { text: '{"jsonrpc":"2.0","id":1,"method":"x y"}', code: -32_600, message: "not a name" },
    { text: '{"jsonrpc":"2.0","id":1,"method":7}', code: -32_600, message: "not a name" },
    {
      text: '{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}',
      code: -32_600,
      message: "params",
    },
    { text: '{"jsonrpc":"2.0","id":1}', code: -32_600, message: "neither a request nor an answer" },
    {
      text: '{"jsonrpc":"2.0","id":1,"method":"x","result":1}',
      code: -32_600,
      message: "a request and an answer",
    },
    {
      text: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
      code: -32_600,
      message: "the same key twice",
    },
    {
      text: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","n\\u0061me":"b"}}',
      code: -32_600,
      message: "the same key twice",
    },
    {
      text: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}',
      code: -32_600,
      message: "the same key twice",
    },
    {
      text: '{"jsonrpc":"2.0","id":1,"method":"tools/list","Method":"tools/call"}',
      code: -32_600,
      message: "the same key twice",
    },
    ...["9007199254740993", "-12345678901234567890", "1e999"].map((number) => ({
      text: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"n":[${number}]}}}`,
      code: -32_600,
      message: `the number ${number} cannot be read exactly`,
    })),
    ...["[1]", '"text"', "null", "7"].map((args) => ({
      text: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":${args}}}`,
      code: -32_600,
      message: "the arguments are not an object",
    })),
    {
      text: '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"a"}}',
      code: -32_600,
      message: "must be a notification",
    },
    ...["tools/Call", "tools/call ", "\\ud800", " ping"].map((method) => ({
      text: `{"jsonrpc":"2.0","id":1,"method":"${method}"}`,
      code: -32_600,
      message: "the method",
    })),
    {
      text: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a\\ud800"}}',
      code: -32_600,
      message: "half a surrogate pair",
    },
    {
      text: '{"jsonrpc":"2.0","id":1e999,"method":"ping"}',
      code: -32_600,
      message: "read exactly",
    },
    { text: "[".repeat(10_000), code: -32_600, message: "nested more than 64 deep" },
    { text: `${'{"a":'.repeat(65)}1`, code: -32_600, message: "nested more than 64 deep" },
    {
      text: `{${Array.from({ length: 10_001 }, (_, index) => `"k${index}":1`).join()}}`,
      code: -32_600,
      message: "more than 10000 keys",
    },
  ])("because: $message ($code)", ({ text, code, message }) => {
    expect(parse(text)).toMatchObject({
      ok: false,
      error: { status: 400, code, message: expect.stringContaining(message) },
    });
  });

  it("that is not UTF-8", () => {
    expect(parseMessage(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({
      ok: false,
      error: { code: -32_700, message: "the body is not UTF-8" },
    });
  });
});

describe("a batch", () => {
  const one = '{"jsonrpc":"2.0","id":1,"method":"x","params":{"big":12345678901234567890}}';
  const two =
    '{ "jsonrpc": "2.0", "method": "notifications/y", "params": {"text": "a],[\\"b\\\\", "list": [[1], 2]} }';

  it("is taken apart into messages with their bytes as they came", () => {
    const parsed = parseBatch(Buffer.from(` [${one} ,\n${two}]`));
    expect(parsed).toMatchObject({
      ok: true,
      parts: [{ message: { method: "x" } }, { message: { method: "notifications/y" } }],
    });
    expect(parsed.ok && parsed.parts.map(({ body }) => body.toString())).toEqual([one, two]);
  });

  it.each([
    { text: "[]", message: "no message" },
    { text: `[${one},{"jsonrpc":"1.0"}]`, message: '"jsonrpc": "2.0"' },
    { text: `[${one},${one}]`, message: "the same id" },
    { text: '[{"jsonrpc":"2.0","id":1,"method":"initialize"}]', message: "initialize" },
    { text: `[${Array(101).fill(two).join()}]`, message: "more than 100" },
    { text: `[[${one}]]`, message: "not a JSON-RPC message" },
  ])("is refused whole because: $message", ({ text, message }) => {
    expect(parseBatch(Buffer.from(text))).toMatchObject({
      ok: false,
      error: { code: -32_600, message: expect.stringContaining(message) },
    });
  });
});

function parse(text: string) {
  return parseMessage(Buffer.from(text));
}
