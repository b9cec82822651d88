import type { IncomingMessage } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Action, FlowAction, FlowLabel } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { type RealisticTool, realisticTools, type ToolRole } from "../support/realistic-tools.ts";
import { type Balancer, startRoundRobin } from "../support/round-robin.ts";

/** So many sessions of each kind: `npm run test:trifecta` makes hundreds. */
const sessions = Number(process.env["MCPGW_TRIFECTA_SESSIONS"] ?? 6);
const { READS_PRIVATE, READS_UNTRUSTED, CAN_SEND } = FlowLabel;
const labelOf = {
  "reads-private": READS_PRIVATE,
  "reads-untrusted": READS_UNTRUSTED,
  sends: CAN_SEND,
} as const;
const servers = [...new Set(realisticTools.map(({ server }) => server))];

let upstream: TestUpstream;
let gateway: TestGateway;
let balancer: Balancer;

beforeAll(async () => {
  const handlers = new Map(
    servers.map((name) => [`/${name}`, toNodeHandler(createMcpHandler(() => serverOf(name)))]),
  );
  upstream = await startRawUpstream((request, response) => {
    const handler = handlers.get(request.url ?? "");
    if (handler === undefined) response.writeHead(404).end();
    else void handler(request as IncomingMessage & { method: string; url: string }, response);
  });
  gateway = await TestGateway.start(policyWith("derived"), { proxies: 2 });
  balancer = await startRoundRobin(gateway.proxies.map(({ port }) => port));
});
afterAll(async () => {
  await balancer?.stop();
  await gateway?.stop();
  await upstream?.stop();
});

function serverOf(name: string): McpServer {
  const server = new McpServer({ name, version: "1.0.0" }, { capabilities: { tools: {} } });
  for (const tool of realisticTools.filter((it) => it.server === name)) {
    const { description, annotations, parameters } = tool;
    const inputSchema = z.object(
      Object.fromEntries(parameters.map((it) => [it, z.string().optional()])),
    );
    const about = { description, inputSchema, ...(annotations && { annotations }) };
    server.registerTool(tool.name, about, () => ({
      content: [{ type: "text" as const, text: `${tool.name} has nothing new to say.` }],
    }));
  }
  return server;
}

function policyWith(labels: "derived" | "explicit"): PolicyInit {
  return {
    upstreams: servers.map((name) => ({ name, url: new URL(`/${name}`, upstream.url).href })),
    routes: servers.map((name) => ({ path: `/${name}`, upstreams: [name] })),
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: {
      flows: [
        {
          name: "lethal-trifecta",
          when: [READS_PRIVATE, READS_UNTRUSTED, CAN_SEND],
          action: FlowAction.BLOCK,
        },
      ],
      labels: labels === "derived" ? [] : realisticTools.map(labellingOf),
    },
  };
}

/** What somebody says who knows the tool: this, and nothing else. */
function labellingOf({ server, name, role }: RealisticTool) {
  const own = role === "neither" ? undefined : labelOf[role];
  const others = [READS_PRIVATE, READS_UNTRUSTED, CAN_SEND].filter((label) => label !== own);
  return {
    match: { tools: [`${server}/${name}`] },
    labels: own === undefined ? [] : [own],
    not: others,
  };
}

/** Always the same numbers for a seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

const words =
  "please the monthly margin kindly summary Oslo about our customers tell partner twelve invoice".split(
    " ",
  );

interface Session {
  readonly tools: readonly RealisticTool[];
  /** Of the tools, those that complete the trifecta. */
  readonly completing: ReadonlySet<number>;
}

/** A session of tools of these roles in any order, with others between; what sends comes now and then, and last. */
function sessionOf(roles: readonly ToolRole[], seed: number): Session {
  const random = randomOf(seed);
  const pick = (role: ToolRole): RealisticTool => {
    const all = realisticTools.filter((it) => it.role === role);
    return all[random(all.length)] as RealisticTool;
  };
  const reading = roles.filter((role) => role !== "sends");
  const order = [...roles, ...roles, "neither" as const, "neither" as const]
    .map((role) => ({ role, at: random(1_000) }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ role }) => role);
  const missing = reading.filter((role) => !order.includes(role));
  const last = roles.includes("sends") ? (["sends"] as const) : [];
  const tools = [...order, ...missing, ...last].map(pick);
  const seen = new Set<ToolRole>();
  const completing = new Set<number>();
  for (const [index, { role }] of tools.entries()) {
    const isComplete = seen.has("reads-private") && seen.has("reads-untrusted");
    if (role === "sends" && isComplete) completing.add(index);
    seen.add(role);
  }
  return { tools, completing };
}

/** Makes the calls of a session, each at the next proxy. Resolves to those that were stopped, by their places. */
async function play({ tools }: Session, seed: number): Promise<ReadonlySet<number>> {
  const random = randomOf(seed + 7_919);
  const key = await gateway.createAgent(`agent-${labelling}-${seed}`);
  const headers = { authorization: `Bearer ${key}`, "mcp-protocol-version": "2025-11-25" };
  const stopped = new Set<number>();
  for (const [index, { server, name, parameters }] of tools.entries()) {
    const said = () => Array.from({ length: 3 }, () => words[random(words.length)]).join(" ");
    const args = Object.fromEntries(parameters.map((it) => [it, said()]));
    const message = {
      jsonrpc: "2.0",
      id: index,
      method: "tools/call",
      params: { name, arguments: args },
    };
    const { text } = await post(new URL(`/${server}`, balancer.url), message, headers);
    if (text.includes("flow lethal-trifecta")) stopped.add(index);
    else expect(text, `${server}/${name}`).toContain("has nothing new to say");
  }
  return stopped;
}

let labelling = "derived";
const three: readonly ToolRole[] = ["reads-private", "reads-untrusted", "sends"];

describe.each(["derived", "explicit"] as const)("with labels that are %s", (labels) => {
  beforeAll(async () => {
    labelling = labels;
    await gateway.push(policyWith(labels));
  });

  it("every call that completes the lethal trifecta is stopped, whichever proxy hears it", async () => {
    const passed: string[] = [];
    let complete = 0;
    for (let seed = 0; seed < sessions; seed += 1) {
      const session = sessionOf(three, seed);
      const stopped = await play(session, seed);
      complete += session.completing.size;
      for (const index of session.completing) {
        if (!stopped.has(index)) passed.push(describeUpTo(session, index));
      }
    }
    process.stdout.write(`${labels}: ${complete - passed.length} of ${complete} stopped\n`);
    expect(complete).toBeGreaterThanOrEqual(sessions);
    expect(passed).toEqual([]);
  }, 600_000);

  it.each([0, 1, 2])(
    "sessions with two of the three are stopped seldom, and never where people gave the labels (%i)",
    async (left) => {
      const roles = three.filter((_, index) => index !== left);
      let calls = 0;
      let needless = 0;
      const tools: string[] = [];
      for (let seed = 0; seed < sessions; seed += 1) {
        const session = sessionOf(roles, 10_000 * (left + 1) + seed);
        const stopped = await play(session, 10_000 * (left + 1) + seed);
        calls += session.tools.length;
        needless += stopped.size;
        for (const index of stopped) tools.push(session.tools[index]?.name ?? "");
      }
      process.stdout.write(
        `${labels}, without ${three[left]}: ${needless} of ${calls} calls stopped: ${[...new Set(tools)].join(", ")}\n`,
      );
      if (labels === "explicit") expect(needless).toBe(0);
      else expect(needless / calls).toBeLessThan(0.34);
    },
    600_000,
  );
});

function describeUpTo({ tools }: Session, index: number): string {
  return tools
    .slice(0, index + 1)
    .map(({ server, name }) => `${server}/${name}`)
    .join(" → ");
}
