import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compilePolicy } from "../../core/policy/compile.ts";
import { consult } from "../../core/policy/decide.ts";
import { parseManifest } from "../manifest/manifest.ts";
import { layOutDemo } from "./demo.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mcpgw demo-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("names its own folder, wherever that is", () => {
  const { policy, problems } = parseManifest(readFileSync(layOutDemo(folder), "utf8"));

  expect(problems).toEqual([]);
  expect(policy.upstreams[0]?.command).toEqual(["mcp-server-filesystem", join(folder, "files")]);
  expect(readFileSync(join(folder, "files/welcome.txt"), "utf8")).toContain("Hello");
});

it("leaves alone what somebody has changed", () => {
  const policy = layOutDemo(folder);
  writeFileSync(policy, "# mine");
  writeFileSync(join(folder, "files/welcome.txt"), "mine");

  layOutDemo(folder);

  expect(readFileSync(policy, "utf8")).toBe("# mine");
  expect(readFileSync(join(folder, "files/welcome.txt"), "utf8")).toBe("mine");
});

describe("its policy", () => {
  function decide(tool: string, args: Record<string, unknown> = {}): string {
    const compiled = compilePolicy(
      parseManifest(readFileSync("deploy/demo/policy.yaml", "utf8")).policy,
    );
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    const [upstream = "", name = ""] = tool.split("/");
    return consult(compiled.policy, {
      kind: "tool",
      name,
      upstream,
      route: `/mcp/${upstream}`,
      agent: "demo",
      groups: ["demo"],
      arguments: args,
    }).decision.effect;
  }

  it.each([
    ["files/read_text_file", "allow"],
    ["files/list_directory", "allow"],
    ["files/write_file", "approve"],
    ["files/edit_file", "approve"],
    ["files/move_file", "deny"],
    ["everything/echo", "allow"],
    ["everything/get-env", "deny"],
    ["everything/gzip-file-as-resource", "deny"],
  ])("answers a call of %s with %s", (tool, effect) => {
    expect(decide(tool)).toBe(effect);
  });

  it("lets a data URL through, which fetches nothing", () => {
    expect(decide("everything/gzip-file-as-resource", { data: "data:text/plain,hi" })).toBe(
      "allow",
    );
  });
});
