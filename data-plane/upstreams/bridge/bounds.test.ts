import { describe, expect, it, vi } from "vitest";
import {
  command,
  isAlive,
  openSession,
  post,
  request,
  scripted,
  startBridge,
} from "../../../test/support/bridge.ts";
import { createMemoryLog } from "../../../test/support/memory-log.ts";

const as = (agent: string) => ({ "mcpgw-agent": agent });

describe("an agent that floods the bridge", () => {
  it("has its share of the processes, and what it does not use goes to others", async () => {
    const { url } = await startBridge({ maxProcesses: 4, maxProcessesOfAgent: 3 });
    const flood = [];
    for (let count = 0; count < 3; count += 1) {
      flood.push(await openSession(url("scripted"), as("mallory")));
    }
    const over = await post(url("scripted"), request(1, "initialize"), as("mallory"));
    expect(over.status).toBe(429);
    expect(await over.text()).toContain("this agent has 3 server processes");

    for (const agent of ["anna", "bert"]) await openSession(url("scripted"), as(agent));

    const states = [];
    for (const session of flood) {
      states.push((await post(url("scripted"), request(1, "ping"), session)).status);
    }
    expect(states).toEqual([404, 200, 200]);
  });

  it("keeps what it waits for", async () => {
    const { url } = await startBridge({ maxProcesses: 2, maxProcessesOfAgent: 2 });
    const sessions = [
      await openSession(url("scripted"), as("mallory")),
      await openSession(url("scripted"), as("mallory")),
    ];
    const held = sessions.map((session) =>
      post(url("scripted"), request(1, "hang"), session).catch(() => {}),
    );
    for (const session of sessions) {
      await vi.waitFor(async () => {
        expect((await post(url("scripted"), request(1, "hang"), session)).status).toBe(400);
      });
    }

    const response = await post(url("scripted"), request(1, "initialize"), as("anna"));

    expect(response.status).toBe(429);
    expect(await response.text()).toContain("as many processes as it may");
    for (const session of sessions) {
      await post(url("scripted"), { jsonrpc: "2.0", method: "notifications/crash" }, session);
    }
    await Promise.all(held);
  });

  it("has its share of the sessions of a shared process", async () => {
    const { bridge, url } = await startBridge({ maxSessionsOfAgent: 2 });
    bridge.serve(new Map([["it", command(["node", "-e", scripted], { process: "shared" })]]));
    for (let count = 0; count < 2; count += 1) await openSession(url("it"), as("mallory"));
    const over = await post(url("it"), request(1, "initialize"), as("mallory"));
    expect(over.status).toBe(429);
    await openSession(url("it"), as("anna"));
  });
});

it("the policy bounds the processes of one upstream", async () => {
  const { bridge, url } = await startBridge();
  bridge.serve(new Map([["it", command(["node", "-e", scripted], { maxProcesses: 1 })]]));
  await openSession(url("it"), as("anna"));
  expect((await post(url("it"), request(1, "initialize"), as("bert"))).status).toBe(429);
});

describe("the environment of a command", () => {
  const env = [
    { name: "PASSWORD", prefix: "pw:", secret: { kind: "env" as const, name: "DB_PASSWORD" } },
  ];

  it("has what the policy names, and its secrets stay out of the log", async () => {
    const { log, lines } = createMemoryLog();
    const { bridge, url } = await startBridge({}, log);
    const leaky = `console.error("it is " + process.env.PASSWORD);${scripted}`;
    bridge.serve(new Map([["it", command(["node", "-e", leaky], { env })]]));
    const session = await openSession(url("it"), as("anna"));
    const response = await post(url("it"), request(1, "env"), session);
    expect(await response.json()).toMatchObject({ result: { PASSWORD: "pw:correct horse" } });
    await vi.waitFor(() => expect(lines().join()).toContain("it is [secret]"));
    expect(lines().join()).not.toContain("correct horse");
  });

  it("is not half there: a secret that is missing is told to the operator, not to the agent", async () => {
    const { log, lines } = createMemoryLog();
    const { bridge, url } = await startBridge({}, log);
    const missing = [{ name: "A", prefix: "", secret: { kind: "env" as const, name: "NOT_SET" } }];
    bridge.serve(new Map([["it", command(["node", "-e", scripted], { env: missing })]]));
    const response = await post(url("it"), request(1, "initialize"), as("anna"));
    const text = await response.text();
    expect(text).toContain("the gateway lacks a secret of its environment");
    expect(text).not.toContain("NOT_SET");
    expect(lines().join()).toContain("the environment variable NOT_SET is not set or empty");
    expect(bridge.pids).toEqual([]);
  });
});

describe("a server that reads nothing", () => {
  it("lets a request wait so long and no longer, and never sees it", async () => {
    const { bridge, url } = await startBridge({ readWithinMs: 200 });
    const deaf = `
      process.stdin.once("data", (line) => {
        console.log(JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(line).id, result: {} }));
        process.stdin.pause();
        setInterval(() => {}, 1000);
      });
    `;
    bridge.serve(new Map([["deaf", command(["node", "-e", deaf])]]));
    const session = await openSession(url("deaf"), as("anna"));
    const pad = "x".repeat(1_000_000);
    const answers = await Promise.all(
      Array.from({ length: 4 }, async (_, index) => {
        const asked = post(url("deaf"), request(index, "a", { pad }), session);
        return await Promise.race([
          asked.then((it) => it.text()).catch(() => "cut"),
          new Promise<string>((resolve) => setTimeout(() => resolve("waits"), 3_000)),
        ]);
      }),
    );
    const refused = answers.filter((it) => it.includes("did not read this request"));
    expect(refused.length).toBeGreaterThanOrEqual(2);
    const [pid = 0] = bridge.pids;
    await bridge.close();
    expect(isAlive(pid)).toBe(false);
  }, 30_000);
});

it("a command that keeps ending is refused at once, with its reason, and not for other agents", async () => {
  const { bridge, url } = await startBridge();
  bridge.serve(new Map([["bad", command(["node", "-e", "process.exit(4)"])]]));
  const texts: string[] = [];
  await vi.waitFor(
    async () => {
      const response = await post(url("bad"), request(1, "initialize"), as("anna"));
      texts.push(await response.text());
      expect(response.status).toBe(429);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    },
    { timeout: 20_000 },
  );
  expect(texts[0]).toContain("the server bad ended with exit code 4");
  expect(texts.at(-1)).toMatch(
    /ended unexpectedly \d times in a row \(it ended with exit code 4\); it is started again in \d+ s/,
  );
  const other = await post(url("bad"), request(1, "initialize"), as("bert"));
  expect(await other.text()).toContain("the server bad ended with exit code 4");
}, 30_000);
