import { describe, expect, it } from "vitest";
import { classify } from "./era.ts";
import type { JsonRpcMessage } from "./json-rpc.ts";

const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
const modernHeaders = {
  "mcp-protocol-version": "2026-07-28",
  "mcp-method": "tools/call",
  "mcp-name": "read",
};

describe("the era of a request", () => {
  it.each([
    { what: "no version at all", message: legacyCall(), headers: {}, era: "legacy" },
    {
      what: "a legacy version in the header",
      message: legacyCall(),
      headers: { "mcp-protocol-version": "2025-11-25" },
      era: "legacy",
    },
    { what: "a version in its body", message: modernCall(), headers: modernHeaders, era: "modern" },
    {
      what: "names in base64",
      message: modernCall({ name: "größe" }),
      headers: { ...modernHeaders, "mcp-name": "=?base64?Z3LDtsOfZQ==?=" },
      era: "modern",
    },
    {
      what: "a modern notification",
      message: { jsonrpc: "2.0", method: "notifications/x" } as const,
      headers: { "mcp-protocol-version": "2026-07-28", "mcp-method": "notifications/x" },
      era: "modern",
    },
  ])("is $era with $what", ({ message, headers, era }) => {
    expect(classify(message, headers)).toEqual({ ok: true, era });
  });
});

describe("a request is refused", () => {
  const without = (name: string) => ({ ...modernHeaders, [name]: undefined });
  it.each([
    { why: "without version header", headers: without("mcp-protocol-version"), code: -32_020 },
    { why: "without method header", headers: without("mcp-method"), code: -32_020 },
    { why: "without name header", headers: without("mcp-name"), code: -32_020 },
    {
      why: "with another method in its header",
      headers: { ...modernHeaders, "mcp-method": "tools/list" },
      code: -32_020,
    },
    {
      why: "with another tool in its header",
      headers: { ...modernHeaders, "mcp-name": "delete" },
      code: -32_020,
    },
    {
      why: "with the same header twice",
      headers: { ...modernHeaders, "mcp-name": "read, read" },
      code: -32_020,
    },
    {
      why: "with a name in base64 that is not the one there is for it",
      headers: { ...modernHeaders, "mcp-name": "=?base64?cmVhZA?=" },
      code: -32_020,
    },
    {
      why: "with another version in its header",
      headers: { ...modernHeaders, "mcp-protocol-version": "2027-01-01" },
      code: -32_020,
    },
    { why: "without _meta", message: legacyCall(), code: -32_602 },
    {
      why: "without client capabilities",
      message: modernCall({
        _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" },
      }),
      code: -32_602,
    },
    {
      why: "with a version nobody knows",
      message: modernCall({
        _meta: { ...meta, "io.modelcontextprotocol/protocolVersion": "2099-01-01" },
      }),
      headers: { ...modernHeaders, "mcp-protocol-version": "2099-01-01" },
      code: -32_022,
    },
    {
      why: "in the legacy era, when a header names another tool",
      message: legacyCall(),
      headers: { "mcp-name": "delete" },
      code: -32_020,
    },
    {
      why: "when it is an answer with headers of a call",
      message: { jsonrpc: "2.0", id: 7, result: {} } as const,
      headers: { "mcp-name": "delete" },
      code: -32_020,
      id: null,
    },
  ])("$why ($code)", ({ id = 7, message = modernCall(), headers = modernHeaders, code }) => {
    expect(classify(message, headers)).toMatchObject({
      ok: false,
      error: { status: 400, code, id },
    });
  });
});

function legacyCall(): JsonRpcMessage {
  return { jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "read" } };
}

function modernCall(params: Record<string, unknown> = {}): JsonRpcMessage {
  return {
    jsonrpc: "2.0",
    id: 7,
    method: "tools/call",
    params: { name: "read", _meta: meta, ...params },
  };
}
