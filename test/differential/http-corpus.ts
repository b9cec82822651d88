import { type Probe, post, postBytes } from "./probe.ts";

const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
const listText = JSON.stringify(list);
const text = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "test_simple_text" } };

/** Requests whose HTTP is unusual rather than their message. */
export function httpProbes(): Probe[] {
  return [...bodies(), ...legacyHeaders(), ...modernHeaders(), ...otherMethods()];
}

function bodies(): Probe[] {
  const call = '"method":"tools/call","params":{"name":"test_echo_arguments","arguments":';
  return [
    postBytes("white space around the message", ` \n\t${listText}\r\n `),
    postBytes("escapes in names", listText.replace("tools", "\\u0074ools")),
    postBytes("empty body", ""),
    postBytes("body of white space", "  "),
    postBytes("half a message", listText.slice(0, 20)),
    postBytes("something after the message", `${listText}x`),
    postBytes("a comment in the message", `/* hi */${listText}`),
    postBytes("byte order mark", `\uFEFF${listText}`),
    postBytes("bytes that are not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])),
    postBytes("null", "null"),
    postBytes("a string", '"tools/list"'),
    postBytes("a number", "1"),
    postBytes("NaN", `{"jsonrpc":"2.0","id":1,${call}{"n":NaN}}}`),
    postBytes("the same key twice", `{"jsonrpc":"2.0","id":1,${call}{"n":1,"n":2}}}`),
    postBytes(
      "arguments 70 deep",
      `{"jsonrpc":"2.0","id":1,${call}${'{"a":'.repeat(70)}1${"}".repeat(70)}}}`,
    ),
    postBytes("batch of none", "[]"),
  ];
}

function legacyHeaders(): Probe[] {
  const legacy = (name: string, headers: Record<string, string>) =>
    post(name, "legacy", list, { headers });
  const without = (name: string, header: string): Probe => {
    const probe = post(name, "legacy", list);
    const { [header]: _, ...headers } = probe.headers;
    return { ...probe, headers };
  };
  return [
    without("no Accept", "accept"),
    without("no Content-Type", "content-type"),
    without("no version", "mcp-protocol-version"),
    { ...post("no session", "legacy", list), inSession: false },
    legacy("only JSON accepted", { accept: "application/json" }),
    legacy("only streams accepted", { accept: "text/event-stream" }),
    legacy("nothing that MCP speaks accepted", { accept: "text/html" }),
    legacy("content type with a charset", { "content-type": "application/json; charset=utf-8" }),
    legacy("content type in capitals", { "content-type": "APPLICATION/JSON" }),
    legacy("content type of a form", { "content-type": "application/x-www-form-urlencoded" }),
    legacy("a version of the past", { "mcp-protocol-version": "2025-06-18" }),
    legacy("the version before headers", { "mcp-protocol-version": "2025-03-26" }),
    legacy("a version that never was", { "mcp-protocol-version": "1999-12-31" }),
    legacy("a version that is none", { "mcp-protocol-version": "latest" }),
    legacy("a version of the future", { "mcp-protocol-version": "2199-01-01" }),
    legacy("an empty version", { "mcp-protocol-version": "" }),
    legacy("the header of a method", { "mcp-method": "tools/list" }),
    legacy("trace context in headers", {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }),
    legacy("headers of tomorrow", { "mcp-future": "1", "x-anything": "2" }),
  ];
}

function modernHeaders(): Probe[] {
  const modern = (name: string, headers: Record<string, string>, message: object = text) =>
    post(name, "modern", { ...message }, { headers });
  const base64 = (value: string) => `=?base64?${Buffer.from(value).toString("base64")}?=`;
  const mirrored = {
    ...text,
    params: { name: "test_mirrored_argument", arguments: { region: "Zürich" } },
  };
  return [
    modern("the name in base64", { "mcp-name": base64("test_simple_text") }),
    modern("the name in capital base64", { "mcp-name": "=?BASE64?dGVzdA==?=" }),
    modern("the name in broken base64", { "mcp-name": "=?base64?%%%?=" }),
    modern("another name", { "mcp-name": "test_image_content" }),
    modern("another method", { "mcp-method": "tools/list" }),
    modern("the method in capitals", { "mcp-method": "TOOLS/CALL" }),
    modern("white space around the name", { "mcp-name": "  test_simple_text  " }),
    modern("another version", { "mcp-protocol-version": "2025-11-25" }),
    modern("a version of the future", { "mcp-protocol-version": "2199-01-01" }),
    modern("a mirrored argument", { "mcp-param-region": base64("Zürich") }, mirrored),
    modern("a mirrored argument that is another", { "mcp-param-region": "Bern" }, mirrored),
    modern("a mirrored argument that is missing", {}, mirrored),
    modern("a session", { "mcp-session-id": "0b1c6c5e-0000-4000-8000-000000000000" }),
    modern("a name where none belongs", { "mcp-name": "x" }, list),
  ];
}

function otherMethods(): Probe[] {
  const accept = { accept: "text/event-stream", "mcp-protocol-version": "2025-11-25" };
  const request = (method: string, name: string, headers: Record<string, string> = accept) => ({
    name: `${method}: ${name}`,
    upstream: "fixture" as const,
    inSession: false,
    method,
    headers,
  });
  return [
    request("GET", "without a session"),
    { ...request("GET", "of JSON", { accept: "application/json" }), inSession: true },
    {
      ...request("GET", "after an event that never was", { ...accept, "last-event-id": "nope" }),
      inSession: true,
    },
    request("GET", "of the modern era", { ...accept, "mcp-protocol-version": "2026-07-28" }),
    request("DELETE", "without a session"),
    request("DELETE", "of the modern era", { "mcp-protocol-version": "2026-07-28" }),
    request("PUT", "of anything"),
    request("PATCH", "of anything"),
    request("OPTIONS", "of anything"),
    request("HEAD", "of anything"),
  ];
}
