import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import {
  DefinitionAction,
  DefinitionTrust,
  PolicySchema,
  ScanMode,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { compilePolicy } from "./compile.ts";
import { definitionSettingsFor } from "./decide.ts";

const safe = {
  changed: "quarantine",
  unseen: "quarantine",
  poisoning: "quarantine",
  trust: "tofu",
  server: "log",
  resources: "scan",
  cosmetic: "review",
};

it("are safe where the policy says nothing", () => {
  expect(settingsOf("up", undefined)).toEqual(safe);
  expect(settingsOf("up", {})).toEqual(safe);
});

it("are those of the profile, and of the overrides that match the tool", () => {
  const profile = { definitions: { trust: DefinitionTrust.LOCKED } };
  expect(settingsOf("up", profile)).toEqual({ ...safe, trust: "locked" });
  expect(settingsOf("lab", profile)).toEqual({ ...safe, trust: "locked", changed: "log" });
});

it("withhold nothing where the profile only monitors", () => {
  const settings = settingsOf("up", { mode: ScanMode.MONITOR });
  expect(settings).toEqual({ ...safe, changed: "log", unseen: "log", poisoning: "log" });
});

it("block only what is poisoned", () => {
  const block = DefinitionAction.BLOCK;
  expect(settingsOf("up", { definitions: { poisoning: block } })).toEqual({
    ...safe,
    poisoning: "block",
  });
  expect(() => settingsOf("up", { definitions: { changed: block, server: block } })).toThrow(
    /definitions.changed.*only poisoning can block.*definitions.server/,
  );
});

function settingsOf(upstream: string, profile: object | undefined) {
  const policy = create(PolicySchema, {
    apiVersion: "mcpgateway/v1",
    kind: "Policy",
    metadata: { name: "test" },
    upstreams: ["up", "lab"].map((name) => ({ name, url: `https://${name}.example/mcp` })),
    routes: [{ path: "/mcp", upstreams: ["up", "lab"] }],
    ...(profile && {
      scanning: {
        profiles: [{ name: "p", ...profile }],
        overrides: [
          { match: { tools: ["lab/*"] }, definitions: { changed: DefinitionAction.LOG } },
        ],
      },
    }),
  });
  const compiled = compilePolicy(policy);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const tool = {
    agent: "ann",
    groups: [],
    route: "/mcp",
    upstream,
    kind: "tool",
    name: "x",
  } as const;
  return definitionSettingsFor(compiled.policy, { ...tool, arguments: undefined });
}
