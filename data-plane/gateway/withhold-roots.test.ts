import { expect, it } from "vitest";
import type { Call } from "../call/agent-request.ts";
import { withholdRoots } from "./withhold-roots.ts";

const legacy = { capabilities: { roots: { listChanged: true }, sampling: {} }, clientInfo: {} };
const modern = {
  _meta: { "io.modelcontextprotocol/clientCapabilities": { roots: {}, sampling: {} }, kept: 1 },
};

it.each([
  { params: legacy, without: { capabilities: { sampling: {} }, clientInfo: {} } },
  {
    params: modern,
    without: {
      _meta: { "io.modelcontextprotocol/clientCapabilities": { sampling: {} }, kept: 1 },
    },
  },
])("keeps an offer of roots from an upstream that may not have them: $params", (given) => {
  const call = withholdRoots(callWith(given.params, false));
  expect(JSON.parse(call.body.toString()).params).toEqual(given.without);
  expect(call.message.params).toEqual(given.without);
});

it("leaves the bytes alone where roots are welcome, or where there are none", () => {
  const welcome = callWith(legacy, true);
  const none = callWith({ capabilities: { sampling: {} } }, false);
  expect(withholdRoots(welcome).body).toBe(welcome.body);
  expect(withholdRoots(none).body).toBe(none.body);
});

function callWith(params: Record<string, unknown>, acceptsRoots: boolean): Call {
  const message = { jsonrpc: "2.0" as const, id: 1, method: "initialize", params };
  const body = Buffer.from(JSON.stringify(message));
  return { message, body, upstream: { acceptsRoots } } as Call;
}
