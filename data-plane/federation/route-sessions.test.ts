import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import type { AgentRequest } from "../call/agent-request.ts";
import { SessionSeal } from "../sessions/session-seal.ts";
import { RouteSessions } from "./route-sessions.ts";
import type { Way } from "./upstream/way.ts";

const request = requestOf("analyst-1", "/mcp");
const profile = {
  version: "2025-06-18",
  capabilities: { sampling: {} },
  clientInfo: { name: "c" },
};
const ways = new Map<string, Way>([
  ["files", { era: "legacy", session: "s-1", version: "2025-06-18" }],
  ["stateless", { era: "legacy", session: undefined, version: "2025-03-26" }],
  ["fresh", { era: "modern" }],
]);
const sessions = new RouteSessions(
  new SessionSeal({ keys: [randomBytes(32)], lifetimeMs: 60_000 }),
);

it("knows each upstream's session, version and era, and what the agent said of itself", () => {
  const opened = sessions.open(request, sessions.seal(request, { profile, ways }));
  expect(opened).toEqual({ profile, ways });
});

it.each([
  { whose: "another agent", other: requestOf("analyst-2", "/mcp") },
  { whose: "another route", other: requestOf("analyst-1", "/other") },
])("is nothing to $whose", ({ other }) => {
  expect(sessions.open(other, sessions.seal(request, { profile, ways }))).toBeUndefined();
});

it("leaves out upstreams for which a header has no room, the last ones first", () => {
  const way: Way = { era: "legacy", session: "x".repeat(200), version: "2025-06-18" };
  const many = new Map(Array.from({ length: 60 }, (_, at) => [`upstream-${at}`, way]));
  const envelope = sessions.seal(request, { profile, ways: many });
  const kept = [...(sessions.open(request, envelope)?.ways.keys() ?? [])];
  expect(envelope.length).toBeLessThanOrEqual(6_000);
  expect(kept.length).toBeGreaterThan(10);
  expect(kept).toEqual([...many.keys()].slice(0, kept.length));
});

it("keeps of a long profile what upstreams need to know before they ask", () => {
  const long = {
    ...profile,
    capabilities: { sampling: {}, experimental: { x: "y".repeat(2_000) } },
  };
  const opened = sessions.open(request, sessions.seal(request, { profile: long, ways }));
  expect(opened?.profile).toEqual({ version: "2025-06-18", capabilities: { sampling: {} } });
});

function requestOf(agent: string, path: string): AgentRequest {
  return { principal: { agent, groups: [] }, route: { path } } as unknown as AgentRequest;
}
