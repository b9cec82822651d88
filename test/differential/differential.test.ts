import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Access, Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { type FixtureServer, startFixtureServer } from "../conformance/fixture-server.ts";
import { TestGateway } from "../support/gateway.ts";
import { answerProbes } from "./answer-corpus.ts";
import { conversations } from "./conversations.ts";
import { findDifferences } from "./differences.ts";
import { exchange, type Side } from "./exchange.ts";
import { generateProbes } from "./generator.ts";
import { httpProbes } from "./http-corpus.ts";
import { intendedDifferences } from "./intended.ts";
import { messageProbes } from "./message-corpus.ts";
import { type Probe, post } from "./probe.ts";
import { type ScriptUpstream, startScriptUpstream } from "./script-upstream.ts";
import { Talk } from "./talk.ts";

const seed = Number(process.env["DIFFERENTIAL_SEED"] ?? Date.now() % 1_000_000);

let fixture: FixtureServer;
let script: ScriptUpstream;
let gateway: TestGateway;
const sides = new Map<Probe["upstream"], { direct: Side; through: readonly Side[] }>();
let openTalks: readonly (() => Promise<Talk>)[] = [];
const usedReasons = new Set<string>();

beforeAll(async () => {
  process.stdout.write(`differential: DIFFERENTIAL_SEED=${seed}\n`);
  [fixture, script] = await Promise.all([startFixtureServer(), startScriptUpstream()]);
  const { OFF, LOG } = ScanAction;
  // What is only recorded changes nothing.
  const recorded = { secrets: LOG, hiddenCharacters: LOG };
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "fixture", url: fixture.url },
        // Its failures are prescribed: no breaker must answer in its place.
        { name: "script", url: script.url, circuitBreaker: { failures: 1_000_000 } },
      ],
      routes: [
        { path: "/fixture", upstreams: ["fixture"], anonymous: Access.ALLOW },
        { path: "/script", upstreams: ["script"], anonymous: Access.ALLOW },
      ],
      rules: [{ name: "everything", match: {}, action: Action.ALLOW }],
      scanning: {
        profiles: [{ name: "records", arguments: { schema: OFF, ...recorded }, results: recorded }],
      },
    },
    { proxies: 2 },
  );
  const directUrl = new URL(fixture.url);
  const sessionId = await openSession(gateway.url(0, "/fixture"));
  sides.set("fixture", {
    direct: { url: directUrl, sessionId: await openSession(directUrl) },
    through: [0, 1].map((proxy) => ({ url: gateway.url(proxy, "/fixture"), sessionId })),
  });
  openTalks = [
    () => openTalk([directUrl]),
    () => openTalk([0, 1].map((proxy) => gateway.url(proxy, "/fixture"))),
  ];
  sides.set("script", {
    direct: { url: new URL(script.url), sessionId: undefined },
    through: [0, 1].map((proxy) => ({ url: gateway.url(proxy, "/script"), sessionId: undefined })),
  });
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([fixture?.stop(), script?.stop()]);
});

describe("direct and through the gateway, the answer is the same to", () => {
  it.each([
    ["messages of both eras", messageProbes()],
    ["unusual HTTP", httpProbes()],
    ["unusual answers", answerProbes()],
    [`messages made at random (DIFFERENTIAL_SEED=${seed})`, generateProbes(seed, 400)],
  ])("%s", async (_, probes) => {
    expect(await findUnintended(probes)).toEqual([]);
  });
});

it.each(Object.entries(conversations))("so is the course of %s", async (_, converse) => {
  const [direct, through] = await Promise.all(
    openTalks.map(async (openTalk) => converse(await openTalk())),
  );
  expect(through).toEqual(direct);
});

it("differs on purpose only where it still does", () => {
  const unused = intendedDifferences.filter(({ reason }) => !usedReasons.has(reason));
  expect(unused.map(({ reason }) => reason)).toEqual([]);
});

/** Sends each probe both ways, one after the other, so that both sessions go through the same states. */
async function findUnintended(probes: readonly Probe[]): Promise<string[]> {
  const found: string[] = [];
  for (const [index, probe] of probes.entries()) {
    const side = sides.get(probe.upstream);
    const through = side?.through[index % side.through.length];
    if (!side || !through) throw new Error(`${probe.upstream} was not started`);
    const [a, b] = await Promise.all([exchange(probe, side.direct), exchange(probe, through)]);
    for (const difference of findDifferences(a, b)) {
      if (!isIntended(probe, difference)) found.push(`${probe.name} | ${difference}`);
    }
  }
  return found;
}

function isIntended({ name }: Probe, difference: string): boolean {
  const entries = intendedDifferences.filter(
    ({ probes, differences }) => probes.test(name) && differences.test(difference),
  );
  for (const { reason } of entries) usedReasons.add(reason);
  return entries.length > 0;
}

/** A client with a session of its own, whose requests go to these in turn. */
async function openTalk([first, ...others]: readonly URL[]): Promise<Talk> {
  if (!first) throw new Error("there is no URL to talk to");
  const sessionId = await openSession(first);
  return new Talk([first, ...others].map((url) => ({ url, sessionId })));
}

async function openSession(url: URL): Promise<string> {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: { roots: {}, elicitation: {}, sampling: {} },
    clientInfo: { name: "differential", version: "1.0.0" },
  };
  const message = { jsonrpc: "2.0", id: 0, method: "initialize", params };
  const { headers } = post("initialize", "legacy", message);
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(message) });
  await response.text();
  const sessionId = response.headers.get("mcp-session-id");
  if (!sessionId) throw new Error(`${url} opened no session: HTTP ${response.status}`);
  const opened = { url, sessionId };
  const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
  await exchange(post("initialized", "legacy", initialized), opened);
  return sessionId;
}
