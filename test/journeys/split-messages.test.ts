import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { fakeSecret } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let headers: Record<string, string>;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await TestGateway.start({
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: { profiles: [{ name: "standard", results: { secrets: ScanAction.REDACT } }] },
  });
  headers = { authorization: `Bearer ${await gateway.createAgent("agent-1")}` };
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

const log = (data: unknown) => ({
  jsonrpc: "2.0",
  method: "notifications/message",
  params: { level: "info", logger: "app", data },
});
const progress = (message: string) => ({
  jsonrpc: "2.0",
  method: "notifications/progress",
  params: { progressToken: 1, progress: 1, message },
});
const sampling = (text: string) => ({
  jsonrpc: "2.0",
  id: text.length,
  method: "sampling/createMessage",
  params: { maxTokens: 1, messages: [{ role: "user", content: { type: "text", text } }] },
});
const content = (...texts: readonly string[]) => ({
  result: { content: texts.map((text) => ({ type: "text", text })) },
});

const [head, tail] = [fakeSecret.slice(0, 20), fakeSecret.slice(20)];
const begun = `it begins ${head}`;
const rest = `${tail} and more`;

/** What the upstream says before it answers, and its answer. */
const splits: Readonly<Record<string, readonly [readonly object[], object]>> = {
  "two log messages": [[log(begun), log(rest)], content("done")],
  "two log messages of objects": [[log({ note: begun }), log({ note: rest })], content("done")],
  "two of progress": [[progress(begun), progress(rest)], content("done")],
  "progress and log": [[progress(begun), log(rest)], content("done")],
  "two log messages with progress between": [
    [log(begun), progress("half of it"), log(rest)],
    content("done"),
  ],
  "a log message and the result": [[log(begun)], content(rest)],
  "a log message and a long result": [
    [log(begun)],
    content(`${rest}${" and more".repeat(40_000)}`),
  ],
  "two contents of a result": [[], content(begun, rest)],
  "two questions to the agent's model": [[sampling(begun), sampling(rest)], content("done")],
};

describe("a secret that is split over", () => {
  it.each(Object.entries(splits))("%s does not arrive", async (_, [before, answer]) => {
    upstream.script = { "tools/call": { before, answer: { ...answer } } };
    const call = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "act", arguments: {} },
    };

    const { text, status } = await post(gateway.url(), call, headers);

    expect(status).toBe(200);
    expect(text).toContain(head);
    expect(text).not.toContain(tail);
    expect(text).toContain("and more");
  });
});
