import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  ApprovalService,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { type LadderClient, ladderClients, watchHeld } from "../support/ladder-clients.ts";

const legMs = 50_000;
let upstream: TestUpstream;
let gateway: TestGateway;
let key: string;

beforeEach(async () => {
  upstream = await startUpstream();
  gateway = await TestGateway.start(
    {
      upstreams: [{ name: "files", url: upstream.url }],
      routes: [{ path: "/mcp", upstreams: ["files"] }],
      rules: [
        { name: "ask", match: { tools: ["*/*"] }, action: Action.APPROVE, approval: "anyone" },
      ],
      approvals: [{ name: "anyone" }],
    },
    { proxies: 2 },
  );
  key = await gateway.createAgent("writer");
});
afterEach(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

it("every client ends with the right answer within its own limits, when people take longer than a leg", async () => {
  const clients = Object.entries(ladderClients);
  const answers = clients.map(([name, write]) => untilWritten(write, `/${name}`));
  const watched = await watchHeld(gateway.url(), key, "/raw");

  expect(watched.contentType).toBe("text/event-stream");
  await vi.waitFor(async () => expect(await pending()).toHaveLength(clients.length + 1), {
    timeout: 30_000,
  });
  const comments = [...(await watched.text).matchAll(/^: keep-alive$/gm)];
  expect(comments).toHaveLength(Math.floor(legMs / 15_000));
  // Half a leg later all of them wait again.
  await new Promise((resolve) => setTimeout(resolve, legMs / 2));
  for (const { id, digest } of await pending()) {
    const decision = { id, digest, approve: true };
    await gateway.operator.call(ApprovalService.method.decideApproval, decision);
  }

  expect(await Promise.all(answers)).toEqual(clients.map(([name]) => `wrote /${name}`));
  const last = await watchHeld(gateway.url(1), key, "/raw");
  expect(await last.text).toContain("wrote /raw");
  expect(upstream.runs.get("write")).toBe(clients.length + 1);
}, 300_000);

/** Does what it is told, as a model would. */
async function untilWritten(write: LadderClient, path: string): Promise<string> {
  for (let round = 0; ; round += 1) {
    const text = await write(gateway.url(round % 2), key, path);
    if (!text.includes("Repeat exactly the same call") || round === 5) return text;
  }
}

async function pending() {
  const asked = { state: ApprovalState.PENDING };
  return (await gateway.operator.call(ApprovalService.method.listApprovals, asked)).approvals;
}
