import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { AuditRecord } from "../../core/audit/record.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { connectClient } from "../support/mcp.ts";
import { User } from "../support/user.ts";

let user: User;

beforeAll(async () => {
  user = new User();
  await user.startGateway();
});
afterAll(() => user?.leave());

/** How the official client finds out which era a server speaks. */
const negotiations = { legacy: {}, auto: { versionNegotiation: { mode: "auto" as const } } };

describe.each(["legacy", "auto"] as const)("an agent with the official client (%s)", (mode) => {
  const connect = async (path: string) => {
    const client = new Client({ name: "agent", version: "1.0.0" }, negotiations[mode]);
    const headers = { authorization: `Bearer ${user.agentKey}` };
    const url = user.urlOf(path);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    return client;
  };

  it("lists the tools that the policy lets it use, and reads a file", async () => {
    const client = await connect("/mcp/files");
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain("read_text_file");
    expect(names).not.toContain("move_file");
    const read = await client.callTool({
      name: "read_text_file",
      arguments: { path: "welcome.txt" },
    });
    expect(JSON.stringify(read.content)).toContain(firstLineOf("welcome.txt"));
    await client.close();
  });

  it("is refused what a rule denies, in words it can act on", async () => {
    const client = await connect("/mcp/files");
    const move = { name: "move_file", arguments: { source: "welcome.txt", destination: "x.txt" } };
    await expect(client.callTool(move)).rejects.toMatchObject({
      code: 4030,
      message: expect.stringContaining("rule nothing-disappears"),
    });
    await client.close();
  });

  it("has a write held until a person approves it, and gets its answer on the same connection", async () => {
    const client = await connect("/mcp/files");
    const path = `from-${mode}.txt`;
    const writing = client.callTool({ name: "write_file", arguments: { path, content: "hello" } });

    const id = await waitForApproval(path);
    const approved = await user.mcpctl("approve", id);
    expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining(path) });

    expect((await writing).isError).not.toBe(true);
    expect(readFileSync(fileOf(path), "utf8")).toBe("hello");
    await client.close();
  });
});

it("runs into a limit and learns when to come back", async () => {
  const client = await connectClient(user.urlOf("/mcp/everything"), user.agentKey, "legacy");
  const echo = () => client.callTool({ name: "echo", arguments: { message: "again" } });
  const refusals: string[] = [];
  for (let count = 0; count < 6; count += 1) {
    await echo().catch((error: Error) => refusals.push(error.message));
  }
  expect(refusals).toEqual([expect.stringMatching(/Limit echoes is reached.*"retryAfterMs":\d+/s)]);
  await client.close();
});

it("shows who is near a limit, and gives back a quota", async () => {
  const near = await user.mcpctl("limits", "--near");
  expect(near).toMatchObject({ code: 0, stdout: expect.stringMatching(/echoes +100 % +5\/5/) });
  const json = JSON.parse((await user.mcpctl("limits", "list", "-o", "json")).stdout);
  expect(json.usages).toContainEqual(
    expect.objectContaining({ limit: "echoes", key: "agent=demo", used: 5 }),
  );

  expect(await user.mcpctl("limits", "reset", "echoes")).toMatchObject({ code: 2 });
  const cleared = await user.mcpctl("limits", "reset", "echoes", "--key", "agent=demo");

  expect(cleared).toMatchObject({ code: 0, stdout: "cleared 1 of the counters of echoes\n" });
  const after = await user.mcpctl("limits", "--limit", "echoes");
  expect(after.stdout).toBe("nothing is counted at the moment\n");
});

it.each(["legacy", "auto"])("serves the Inspector's command line (%s)", async (era) => {
  const url = user.urlOf("/mcp/files");
  const listed = await user.inspect(url, "--protocol-era", era, "--method", "tools/list");
  expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining("read_text_file") });

  const args = JSON.stringify({ path: "welcome.txt" });
  const call = [
    "--method",
    "tools/call",
    "--tool-name",
    "read_text_file",
    "--tool-args-json",
    args,
  ];
  const read = await user.inspect(url, "--protocol-era", era, ...call);
  expect(read).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(firstLineOf("welcome.txt")),
  });
});

it("an operator takes a tool away from agents and gives it back, by the digest of what was reviewed", async () => {
  const listed = async () => {
    const { stdout } = await user.inspect(user.urlOf("/mcp/files"), "--method", "tools/list");
    return stdout;
  };
  expect(await listed()).toContain('"list_directory"');
  const shown = await user.mcpctl("tools", "list", "--upstream", "files");
  expect(shown.stdout).toMatch(/files\/list_directory +tool +approved/);
  const tool = JSON.parse(
    (await user.mcpctl("tools", "show", "files/list_directory", "-o", "json")).stdout,
  );
  const digest: string = tool.variants[0].digest;

  const decide = (verb: string, ...more: string[]) =>
    user.mcpctl("tools", verb, "files/list_directory", ...more);
  expect(await decide("reject")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("waits"),
  });
  expect(await decide("reject", "--digest", "0123456789ab")).toMatchObject({ code: 1 });
  expect(await decide("reject", "--digest", digest)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("is rejected"),
  });
  await vi.waitFor(async () => expect(await listed()).not.toContain('"list_directory"'), 20_000);

  expect(
    await decide("accept", "--digest", digest.slice(0, 12), "--reason", "a mistake"),
  ).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("is approved"),
  });
  await vi.waitFor(async () => expect(await listed()).toContain('"list_directory"'), 20_000);
});

it("finds all of it in the audit trail", async () => {
  const ended = (await auditRecords()).filter(
    ({ event, method }) => event === "call.outcome" && method === "tools/call",
  );
  const seen = ended.map(({ tool, outcome, decision }) => `${tool} ${outcome} ${decision?.rule}`);
  expect(seen).toEqual(
    expect.arrayContaining([
      "read_text_file answered read-files",
      "move_file denied nothing-disappears",
      "write_file answered writes-need-a-human",
      "echo answered everything-tools",
      "echo rate-limited everything-tools",
    ]),
  );
  const write = ended.find(({ tool }) => tool === "write_file");
  expect(write).toMatchObject({
    agent: "demo",
    route: "/mcp/files",
    upstream: "files",
    operations: ["write"],
    arguments: { path: "from-legacy.txt", content: "hello" },
    approval: { state: "succeeded", approvers: ["admin"] },
    decision: { policyVersion: 1 },
    durationsMs: { approval: expect.any(Number), upstream: expect.any(Number) },
  });
});

describe("a policy of one's own", () => {
  let upstream: TestUpstream;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream?.stop());

  it("with five mistakes is refused with five lines", async () => {
    const file = join(user.folder, "wrong.yaml");
    writeFileSync(
      file,
      [
        "apiVersion: mcpgateway/v1",
        "kind: Policy",
        "metadata: { name: wrong }",
        "upstreams:",
        "  - name: fixture",
        "    url: not-a-url",
        "    timeuot: 5s",
        "routes:",
        "  - path: /mine",
        "    upstreams: [fixtrue]",
        "rules:",
        "  - name: all",
        "    match: { where: 'args.x ==' }",
        "    action: permit",
      ].join("\n"),
    );
    const { code, stdout, stderr } = await user.mcpctl("policy", "push", file);
    const lines = `${stdout}${stderr}`.match(/wrong\.yaml:\d+/g);
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [6, 7, 10, 13, 14].map((line) => `wrong.yaml:${line}`),
    });
  });

  it("serves modern agents as soon as the push has returned", async () => {
    const file = join(user.folder, "mine.yaml");
    writeFileSync(
      file,
      [
        "apiVersion: mcpgateway/v1",
        "kind: Policy",
        "metadata: { name: mine }",
        `upstreams: [{ name: fixture, url: "${upstream.url}" }]`,
        "routes: [{ path: /mine, upstreams: [fixture] }]",
        "rules: [{ name: all, match: { groups: [demo] }, action: allow }]",
      ].join("\n"),
    );
    const pushed = await user.mcpctl("policy", "push", file, "--wait");
    expect(pushed.code).toBe(0);
    const url = new URL("/mine", user.urlOf("/mcp/files"));
    for (let count = 0; count < 4; count += 1) {
      const client = await connectClient(url, user.agentKey, "modern");
      const result = await client.callTool({ name: "echo", arguments: { text: "hi" } });
      expect(result.content).toEqual([{ type: "text", text: "echo: hi" }]);
      await client.close();
    }
  });
});

it("keeps policies, keys, approvals and audit over a restart", async () => {
  const key = user.agentKey;
  const records = (await auditRecords()).length;
  const before = await user.mcpctl("approvals", "list", "--state", "all", "-o", "json");

  expect(await user.stopGateway()).toBe(0);
  await user.startGateway();

  expect(user.agentKey).toBe(key);
  const fleet = await user.mcpctl("fleet", "-o", "json");
  expect(JSON.parse(fleet.stdout)).toMatchObject({ latestVersion: "2" });
  const after = await user.mcpctl("approvals", "list", "--state", "all", "-o", "json");
  expect(JSON.parse(after.stdout)).toEqual(JSON.parse(before.stdout));
  expect((await auditRecords()).length).toBeGreaterThanOrEqual(records);
});

function waitForApproval(about: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const { stdout } = await user.mcpctl("approvals", "list", "-o", "json");
      const { approvals = [] } = JSON.parse(stdout) as {
        approvals?: { id: string; arguments: string }[];
      };
      const found = approvals.find(({ arguments: args }) => args.includes(about));
      if (!found) throw new Error("not there yet");
      return found.id;
    },
    { timeout: 15_000 },
  );
}

async function auditRecords(): Promise<AuditRecord[]> {
  const { stdout } = await user.mcpctl("audit", "tail", "-n", "10000", "-o", "json");
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

function fileOf(name: string): string {
  return join(user.folder, ".mcpgateway/demo/files", name);
}

function firstLineOf(name: string): string {
  return readFileSync(fileOf(name), "utf8").split("\n")[0] ?? "";
}
