import { type Probe, post } from "./probe.ts";
import type { ScriptedAnswer } from "./script-upstream.ts";

/** Answers of an upstream that no SDK gives, to a tool call in either era. */
export function answerProbes(): Probe[] {
  return Object.entries({ ...jsonAnswers, ...streamAnswers, ...httpAnswers }).flatMap(
    ([name, answer]) =>
      (["legacy", "modern"] as const).map((era) =>
        post(`answer: ${name}`, era, messageFor(answer), { upstream: "script" }),
      ),
  );
}

function messageFor(answer: ScriptedAnswer) {
  const params = { name: "scripted", arguments: {}, answer };
  return { jsonrpc: "2.0", id: 7, method: "tools/call", params };
}

type Answers = Readonly<Record<string, ScriptedAnswer>>;

const jsonType = { "content-type": "application/json" };
const streamType = { "content-type": "text/event-stream" };

function json(body: string, status = 200): ScriptedAnswer {
  return { status, headers: jsonType, chunks: [body] };
}

function result(members: string): string {
  return `{"jsonrpc":"2.0","id":7,"result":{${members}}}`;
}

const jsonAnswers: Answers = {
  "odd numbers": json(result('"n":[12345678901234567890,1e400,-0,1.0,1E2,0.1e-400]')),
  "white space and order": json(' {"result" : { "b":1 ,"a":2},\n"id":7,  "jsonrpc":"2.0"} \n'),
  escapes: json(result('"t":"\\u0041\\/\\u00e9\\ud83d\\ude42","\\u0061":1')),
  "half of a surrogate pair": json(result('"t":"\\ud83d"')),
  "the same key twice": json(result('"a":1,"a":2')),
  "a key that JavaScript treats specially": json(result('"__proto__":{"x":1}')),
  "members of tomorrow": json('{"jsonrpc":"2.0","id":7,"result":{},"extra":{"a":[1]}}'),
  "an unknown result type": json(result('"resultType":"something-else","x":1')),
  "a task": json(result('"resultType":"task","taskId":"t-1","status":"working","ttlMs":1000')),
  "an extension's fields in a result": json(
    result('"_meta":{"com.example/x":{"n":1.10},"traceparent":"00-a-b-01"},"example.com/y":[null]'),
  ),
  "an unknown result type with a task": json(
    result('"resultType":"example.com/later","taskId":"t","pollIntervalMs":1e3'),
  ),
  "state without questions": json(
    result('"resultType":"input_required","requestState":"a\\u0000b"'),
  ),
  "a result that is null": json('{"jsonrpc":"2.0","id":7,"result":null}'),
  "an error with data": json(
    '{"jsonrpc":"2.0","id":7,"error":{"code":1e0,"message":"m","data":[0]}}',
  ),
  "an error of the transport": json(
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"m"}}',
    400,
  ),
  "an error without an id": json('{"jsonrpc":"2.0","error":{"code":-32000,"message":"m"}}', 404),
  "an answer of 1 MB": json(result(`"t":"${"x".repeat(1_000_000)}"`)),
  "an answer 2,000 deep": json(result(`"d":${"[".repeat(2_000)}${"]".repeat(2_000)}`)),
  "a content type with a charset": {
    headers: { "content-type": "application/json; charset=utf-8" },
    chunks: [result('"a":1')],
  },
  "a content type in capitals": {
    headers: { "content-type": "Application/JSON" },
    chunks: [result('"a":1')],
  },
  "a byte order mark": json(`\uFEFF${result('"a":1')}`),
};

function stream(...chunks: string[]): ScriptedAnswer {
  return { headers: streamType, chunks };
}

const last = `data: ${result('"a":1')}\n\n`;

const streamAnswers: Answers = {
  "a plain stream": stream(last),
  "a stream with a charset": {
    headers: { "content-type": "text/event-stream; charset=utf-8" },
    chunks: [last],
  },
  "events of all kinds": stream(
    ": comment\n\n",
    "id: 1\nretry: 10\ndata: \n\n",
    'event: message\nid: 2\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{"n":1e400}}\n\n',
    `event: message\nid: 3\n${last}`,
  ),
  "data in several lines": stream('data: {"jsonrpc":"2.0",\ndata: "id":7,\ndata: "result":{}}\n\n'),
  "lines that end in other ways": stream(`id: 1\r\nevent: message\r\ndata: ${result("")}\r\n\r\n`),
  "fields without a space": stream(`event:message\nid:9\ndata:${result('"a":1')}\n\n`),
  "a byte order mark in the stream": stream(`\uFEFF${last}`),
  "an event in pieces": stream(...[...`event: message\nid: 5\n${last}`]),
  "a request of the server": stream(
    'data: {"jsonrpc":"2.0","id":7,"method":"ping"}\n\n',
    'data: {"jsonrpc":"2.0","id":"s-1","method":"roots/list","params":{}}\n\n',
    last,
  ),
  "an answer to somebody else": stream('data: {"jsonrpc":"2.0","id":8,"result":{}}\n\n', last),
  "an event of another kind": stream('event: other\ndata: {"a":1}\n\n', last),
  "a notification after the answer": stream(
    last,
    'data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n',
  ),
  "two answers": stream(last, last),
  "an answer with odd numbers": stream(`data: ${result('"n":[12345678901234567890,-0]')}\n\n`),
  "an error in the stream": stream(
    'data: {"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"m"}}\n\n',
  ),
  "progress, log and answer": stream(
    'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":0.10}}\n\n',
    'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"é"}}\n\n',
    'data: {"jsonrpc":"2.0","method":"notifications/example.com/later","params":{"_meta":{"a":null}}}\n\n',
    last,
  ),
  "several messages in one chunk": stream(
    `data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1}}\n\n: c\n\n${last}`,
  ),
  "a stream to resume": stream("id: 1\nretry: 10\ndata: \n\n"),
};

const httpAnswers: Answers = {
  "headers of the upstream": {
    headers: {
      ...jsonType,
      "cache-control": "private, max-age=3",
      "mcp-protocol-version": "2025-11-25",
      "retry-after": "3",
      "x-anything": "1",
      "set-cookie": "a=b",
      vary: "accept",
    },
    chunks: [result("")],
  },
  "a session for the agent": {
    headers: { ...jsonType, "mcp-session-id": "visible-ascii-!~" },
    chunks: [result("")],
  },
  "a refusal with a page": {
    status: 400,
    headers: { "content-type": "text/html" },
    chunks: ["<h1>no</h1>"],
  },
  ...Object.fromEntries(
    [400, 404, 405, 406, 409, 410, 415, 422, 429].map((status) => [
      `an error of JSON-RPC with status ${status}`,
      json(
        '{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"m","data":{"a":[1.0]}}}',
        status,
      ),
    ]),
  ),
  ...Object.fromEntries(
    [500, 502, 503].map((status) => [
      `an error of JSON-RPC with failure ${status}`,
      json('{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"m"}}', status),
    ]),
  ),
  "a refusal without words": { status: 404, chunks: [] },
  "a refusal to come so often": {
    status: 429,
    headers: { "retry-after": "7" },
    chunks: [],
  },
  "a login": {
    status: 401,
    headers: { "www-authenticate": 'Bearer resource_metadata="https://example.com/"' },
    chunks: [],
  },
  "a failure with JSON": json(
    '{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"m"}}',
    500,
  ),
  "a failure with a page": { status: 502, headers: { "content-type": "text/html" }, chunks: ["x"] },
  "a redirect": { status: 307, headers: { location: "http://127.0.0.1:1/" }, chunks: [] },
  "nothing to say": { status: 204, chunks: [] },
  "accepted, without an answer": { status: 202, chunks: [] },
  "JSON that breaks off": { ...json('{"jsonrpc":"2.0","id":7,"res'), breaks: true },
  "a stream that breaks off": { ...stream("id: 1\ndata: \n\n"), breaks: true },
};
