import { type Message, numeral, type Probe, post } from "./probe.ts";

/** Messages that both eras know, in both. */
export function messageProbes(): Probe[] {
  const everything = { ...ordinary, ...unusualParams, ...unusualIds, ...broken, ...notifications };
  return (["legacy", "modern"] as const).flatMap((era) =>
    Object.entries(everything).map(([name, message]) =>
      post(name, era, { jsonrpc: "2.0", ...message }),
    ),
  );
}

type Corpus = Readonly<Record<string, Message>>;

const ordinary: Corpus = {
  discovery: { id: 1, method: "server/discover" },
  ping: { id: 1, method: "ping" },
  "list of tools": { id: 1, method: "tools/list" },
  "list of tools after a cursor that nobody gave": {
    id: 1,
    method: "tools/list",
    params: { cursor: "no-such-cursor" },
  },
  "list of prompts": { id: 1, method: "prompts/list" },
  "list of resources": { id: 1, method: "resources/list" },
  "list of templates": { id: 1, method: "resources/templates/list" },
  "text tool": call("test_simple_text"),
  "picture tool": call("test_image_content"),
  "sound tool": call("test_audio_content"),
  "resource tool": call("test_embedded_resource"),
  "link tool": call("test_resource_link"),
  "mixed tool": call("test_multiple_content_types"),
  "failing tool": call("test_error_handling"),
  "structured tool": call("test_structured_content", { a: 1, b: 2 }),
  "tool that wants a page to be visited": call("test_elicitation_url_required"),
  "tool with arguments of the wrong type": call("test_structured_content", { a: "1", b: null }),
  "tool without its arguments": { id: 1, method: "tools/call", params: { name: "test_sampling" } },
  "tool that does not exist": call("no_such_tool"),
  "tool that logs": call("test_logging_tool"),
  prompt: { id: 1, method: "prompts/get", params: { name: "test_simple_prompt" } },
  "prompt with arguments": {
    id: 1,
    method: "prompts/get",
    params: { name: "test_prompt_with_arguments", arguments: { arg1: "é", arg2: "🙂" } },
  },
  "prompt without its arguments": {
    id: 1,
    method: "prompts/get",
    params: { name: "test_prompt_with_arguments" },
  },
  "prompt that does not exist": { id: 1, method: "prompts/get", params: { name: "nope" } },
  "text resource": { id: 1, method: "resources/read", params: { uri: "test://static-text" } },
  "binary resource": { id: 1, method: "resources/read", params: { uri: "test://static-binary" } },
  "resource of a template": {
    id: 1,
    method: "resources/read",
    params: { uri: "test://template/a%20b/data" },
  },
  "resource that does not exist": { id: 1, method: "resources/read", params: { uri: "x://y" } },
  "resource by no URI": { id: 1, method: "resources/read", params: { uri: "not a uri" } },
  subscription: { id: 1, method: "resources/subscribe", params: { uri: "test://static-text" } },
  "end of a subscription": {
    id: 1,
    method: "resources/unsubscribe",
    params: { uri: "test://static-text" },
  },
  "completion of a prompt": complete({ type: "ref/prompt", name: "test_prompt_with_arguments" }),
  "completion of a template": {
    id: 1,
    method: "completion/complete",
    params: {
      ref: { type: "ref/resource", uri: "test://template/{id}/data" },
      argument: { name: "id", value: "1" },
    },
  },
  "completion of nothing": complete({ type: "ref/prompt", name: "nope" }),
  "completion without a reference": complete(undefined),
  "log level": { id: 1, method: "logging/setLevel", params: { level: "debug" } },
  "log level that does not exist": { id: 1, method: "logging/setLevel", params: { level: "loud" } },
  "second initialize": {
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "again", version: "1" },
    },
  },
  "method of nobody": { id: 1, method: "nobody/knows", params: { a: 1 } },
  "method with odd characters": { id: 1, method: "no body/knöws\t" },
  "task of the experimental kind": { id: 1, method: "tasks/get", params: { taskId: "t-1" } },
};

const unusualParams: Corpus = {
  "parameters of tomorrow": {
    id: 1,
    method: "tools/list",
    params: { future: { deeply: [1, { nested: true }] } },
  },
  "tool call with parameters of tomorrow": {
    id: 1,
    method: "tools/call",
    params: { name: "test_simple_text", arguments: {}, priority: "high", task: { ttl: 1_000 } },
  },
  "members of tomorrow beside the message": { id: 1, method: "tools/list", extra: { a: 1 } },
  "trace context": call(
    "test_echo_arguments",
    {},
    {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "vendor=value",
      baggage: "a=1",
      "example.com/unknown": { any: ["thing", null] },
    },
  ),
  "progress token that is a number": call("test_tool_with_progress", {}, { progressToken: 0 }),
  "progress token that is a string": call("test_tool_with_progress", {}, { progressToken: "" }),
  "extension capability": call(
    "test_simple_text",
    {},
    {
      "io.modelcontextprotocol/clientCapabilities": {
        extensions: { "example.com/extension": { level: 3 } },
        experimental: { anything: {} },
      },
    },
  ),
  "log level of one request": call(
    "test_logging_tool",
    {},
    {
      "io.modelcontextprotocol/logLevel": "debug",
    },
  ),
  "large integer": call("test_echo_arguments", { n: numeral("12345678901234567890") }),
  "number beyond a double": call("test_echo_arguments", { n: numeral("1e400") }),
  "negative zero": call("test_echo_arguments", { n: numeral("-0") }),
  "numbers written in other ways": call("test_echo_arguments", {
    n: [numeral("1.0"), numeral("1E2"), numeral("0.1e-400"), numeral("9007199254740993")],
  }),
  unicode: call("test_echo_arguments", {
    text: "é ß 漢字 🙂 \u0000 \u001f \u2028 \ufeff \u200b \u202e",
    "κλειδί 🔑": "",
    "": "the empty key",
  }),
  "half of a surrogate pair": call("test_echo_arguments", { text: "\ud83d" }),
  "key that JavaScript treats specially": {
    id: 1,
    method: "tools/call",
    params: { name: "test_echo_arguments", arguments: numeralObject() },
  },
  "arguments 60 deep": call("test_echo_arguments", nested(56)),
  "text of 200,000 characters": call("test_echo_arguments", { text: "x".repeat(200_000) }),
};

const unusualIds: Corpus = Object.fromEntries(
  [
    0,
    -1,
    1.5,
    numeral("-0"),
    numeral("1e2"),
    numeral("9007199254740993"),
    numeral("12345678901234567890"),
    numeral("1e400"),
    "",
    "1",
    "ü 🙂 \u0000",
    "x".repeat(10_000),
    null,
    true,
    {},
    [],
  ].map((id) => [`id ${JSON.stringify(id).slice(0, 40)}`, { id, method: "tools/list" }]),
);

const broken: Corpus = {
  "no method": { id: 1, params: {} },
  "a method that is a number": { id: 1, method: 7 },
  "an empty method": { id: 1, method: "" },
  "params that are an array": { id: 1, method: "tools/list", params: [] },
  "params that are null": { id: 1, method: "tools/list", params: null },
  "params that are a string": { id: 1, method: "tools/list", params: "all" },
  "JSON-RPC 1.0": { jsonrpc: "1.0", id: 1, method: "tools/list" },
  "no JSON-RPC version": { jsonrpc: undefined, id: 1, method: "tools/list" },
  "a tool call without a name": { id: 1, method: "tools/call", params: { arguments: {} } },
  "a tool call without params": { id: 1, method: "tools/call" },
  "a tool by a number": { id: 1, method: "tools/call", params: { name: 7, arguments: {} } },
  "a tool with arguments in an array": {
    id: 1,
    method: "tools/call",
    params: { name: "test_echo_arguments", arguments: [1] },
  },
  "a tool with null for arguments": {
    id: 1,
    method: "tools/call",
    params: { name: "test_echo_arguments", arguments: null },
  },
  "a prompt without a name": { id: 1, method: "prompts/get", params: {} },
  "a resource without a URI": { id: 1, method: "resources/read", params: {} },
  "metadata that is a string": { id: 1, method: "tools/list", params: { _meta: "x" } },
  "a request and an answer in one": { id: 1, method: "tools/list", result: {} },
  "nothing at all": {},
};

const notifications: Corpus = {
  "notification initialized": { method: "notifications/initialized" },
  "notification of a cancelled call that nobody made": {
    method: "notifications/cancelled",
    params: { requestId: 99, reason: "why not" },
  },
  "notification of nobody": { method: "notifications/nobody/knows", params: { a: [1] } },
  "notification of changed roots": { method: "notifications/roots/list_changed" },
  "notification of progress": {
    method: "notifications/progress",
    params: { progressToken: 1, progress: 1 },
  },
  "request without an id": { method: "tools/list" },
  "answer to a question that nobody asked": { id: 99, result: { a: 1 } },
  "error to a question that nobody asked": { id: 99, error: { code: -1, message: "no" } },
  "answer with result and error": { id: 99, result: {}, error: { code: -1, message: "no" } },
  "answer with an id that is null": { id: null, error: { code: -1, message: "no" } },
};

function call(name: string, args: unknown = {}, meta?: object): Message {
  const params = { name, arguments: args, ...(meta && { _meta: meta }) };
  return { id: 1, method: "tools/call", params };
}

function complete(ref: unknown): Message {
  const params = { ref, argument: { name: "arg1", value: "par" } };
  return { id: 1, method: "completion/complete", params };
}

/** `{"__proto__": …}` as an own key, as JSON.parse makes it. */
function numeralObject(): unknown {
  return JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": null}');
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { a: nested(depth - 1) };
}
