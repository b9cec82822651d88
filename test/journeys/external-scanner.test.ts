import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Action, ScanAction, ScannerInput } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { freePort } from "../support/user.ts";

let upstream: TestUpstream;
let gateway: TestGateway;
let headers: Record<string, string>;
let scanner: Awaited<ReturnType<typeof startExample>>;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "mcpgw-scanner-"));
  const fromFile = join(folder, "key");
  writeFileSync(fromFile, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
  upstream = await startUpstream();
  scanner = await startExample(await freePort(), fromFile);
  const policy: PolicyInit = {
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: {
      profiles: [{ name: "standard", arguments: { schema: ScanAction.BLOCK } }],
      scanners: [
        {
          name: "projects",
          url: `http://127.0.0.1:${scanner.port}/`,
          on: [ScannerInput.ARGUMENTS, ScannerInput.RESULTS, ScannerInput.DEFINITIONS],
          match: { tools: ["fixture/*"], prompts: ["fixture/*"], methods: ["fixture/tools/list"] },
          signWith: { source: { case: "fromFile", value: fromFile } },
          timeout: { seconds: 10n },
          circuitBreaker: { failures: 1, openFor: { nanos: 100_000_000 } },
        },
      ],
    },
  };
  gateway = await TestGateway.start(policy);
  headers = { authorization: `Bearer ${await gateway.createAgent("writer")}` };
});
afterAll(async () => {
  await gateway?.stop();
  await scanner?.stop();
  await upstream?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The scanner of deploy/, as its reader would start it. */
async function startExample(port: number, keyFile: string) {
  const args = ["deploy/external-scanner/scanner.mjs", keyFile, String(port)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((ready) => createInterface(child.stdout).once("line", ready));
  const stop = async () => {
    const ended = new Promise((done) => child.once("exit", done));
    child.kill();
    await ended;
  };
  return { port, keyFile, stop };
}

function ask(method: string, params: object) {
  return post(gateway.url(), { jsonrpc: "2.0", id: 1, method, params }, headers);
}

const echo = (text: string) => ask("tools/call", { name: "echo", arguments: { text } });

it("a call of a tool is blocked for what only the operator's scanner knows, and the record says so", async () => {
  const runs = upstream.runs.get("echo") ?? 0;
  const blocked = await echo("when does project bluebird begin?");
  const passed = await echo("when does project sparrow begin?");

  expect(blocked.body).toMatchObject({
    result: {
      isError: true,
      content: [
        { text: expect.stringContaining("external.projects.unpublished-project at /text") },
      ],
      _meta: { "mcpgateway/findings": ["external.projects.unpublished-project"] },
    },
  });
  expect(passed.body).toMatchObject({
    result: { content: [{ text: "echo: when does project sparrow begin?" }] },
  });
  expect(upstream.runs.get("echo")).toBe(runs + 1);
  const findings = (await gateway.records()).flatMap((record) => record.findings ?? []);
  expect(findings).toContainEqual({
    rule: "external.projects.unpublished-project",
    direction: "arguments",
    pointer: "/text",
    action: "blocked",
  });
});

it("arguments of prompts are shown to it, too", async () => {
  const answer = await ask("prompts/get", {
    name: "greet",
    arguments: { who: "those of project copperfield" },
  });
  expect(answer.body).toMatchObject({ error: { code: 4220 } });
});

it("lists are shown to it where the policy says so", async () => {
  expect((await ask("tools/list", {})).body).toMatchObject({
    result: { tools: expect.arrayContaining([expect.objectContaining({ name: "echo" })]) },
  });
});

it("down, calls are refused and not made; up again, they pass", async () => {
  await scanner.stop();
  const runs = upstream.runs.get("echo") ?? 0;
  const refused = await echo("hello");
  expect(refused.body).toMatchObject({
    result: { isError: true, content: [{ text: expect.stringContaining("nothing was done") }] },
  });
  expect(upstream.runs.get("echo") ?? 0).toBe(runs);

  scanner = await startExample(scanner.port, scanner.keyFile);
  await vi.waitFor(
    async () =>
      expect((await echo("hello")).body).toMatchObject({
        result: { content: [{ text: "echo: hello" }] },
      }),
    10_000,
  );
});
