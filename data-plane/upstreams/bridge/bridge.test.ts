import type { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it, vi } from "vitest";
import {
  anna,
  authorization,
  command,
  connect,
  isAlive,
  openSession,
  post,
  request,
  scripted,
  startBridge,
  token,
} from "../../../test/support/bridge.ts";

describe("a real server", () => {
  it("lists its tools and answers calls, with the programs of our own packages on the path", async () => {
    const { url } = await startBridge();
    const client = await connect(url("files"));

    const { tools } = await client.listTools();
    const { content } = await client.callTool({ name: "list_allowed_directories", arguments: {} });

    expect(tools.map(({ name }) => name)).toContain("read_text_file");
    expect(JSON.stringify(content)).toContain("mcpgw-bridge-");
  });

  it("sends progress and logs on the way to its answer", async () => {
    const { url } = await startBridge();
    const client = await connect(url("everything"));
    const progress: number[] = [];

    const result = await client.callTool(
      { name: "trigger-long-running-operation", arguments: { duration: 0.3, steps: 3 } },
      undefined,
      { onprogress: (it) => void progress.push(it.progress) },
    );

    expect(progress).toEqual([1, 2, 3]);
    expect(JSON.stringify(result.content)).toContain("completed");
  });

  it("asks the client for samples and answers, in the middle of a call", async () => {
    const { url } = await startBridge();
    const client = await connect(url("everything"), { sampling: {}, elicitation: { form: {} } });
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      role: "assistant" as const,
      model: "none",
      content: { type: "text" as const, text: "a sample" },
    }));
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "decline" as const }));

    const sampled = await client.callTool({
      name: "trigger-sampling-request",
      arguments: { prompt: "?" },
    });
    const elicited = await client.callTool({ name: "trigger-elicitation-request", arguments: {} });

    expect(JSON.stringify(sampled.content)).toContain("a sample");
    expect(JSON.stringify(elicited.content)).toContain("decline");
  });

  it("speaks on its own, on the stream that listens", async () => {
    const { url } = await startBridge();
    const client = await connect(url("everything"));
    const heard = vi.fn();
    client.setNotificationHandler(LoggingMessageNotificationSchema, heard);

    await client.callTool({ name: "toggle-simulated-logging", arguments: {} });

    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 10_000 });
  });

  it("serves each session by a process of its own, and ends it with the session", async () => {
    const { bridge, url } = await startBridge();
    const first = await connect(url("everything"));
    await connect(url("everything"));
    expect(new Set(bridge.pids).size).toBe(2);
    const [pid = 0] = bridge.pids;

    await (first.transport as unknown as StreamableHTTPClientTransport).terminateSession();

    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
    expect(bridge.pids).toHaveLength(1);
  });
});

describe("messages", () => {
  it("pass untouched: unknown methods, fields, ids and numbers", async () => {
    const { url } = await startBridge();
    const session = await openSession(url("scripted"));

    const response = await post(
      url("scripted"),
      '{"jsonrpc":"2.0",\r\n "id":"é-1",\n "method":"made/up", "x": 1e400}',
      session,
    );

    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe(
      '{"jsonrpc":"2.0","id":"é-1","result":{"echo":{"jsonrpc":"2.0",  "id":"é-1",  "method":"made/up", "x": 1e400},"big":12345678901234567890},"extra":[]}',
    );
  });

  it("of the server during a request come on its stream, before the answer", async () => {
    const { url } = await startBridge();
    const session = await openSession(url("scripted"));

    const response = await post(url("scripted"), request(1, "ask", { n: 7 }), session);
    const text = await response.text();

    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(text.indexOf('"method":"made/up","params":{"n":7}')).toBeGreaterThan(0);
    expect(text.indexOf('"id":1,"result"')).toBeGreaterThan(text.indexOf("made/up"));
  });

  it("that nobody could hear wait for a stream, and there is one only", async () => {
    const { url } = await startBridge();
    const session = await openSession(url("scripted"));
    const headers = { authorization, ...anna, accept: "text/event-stream", ...session };
    const notified = await post(
      url("scripted"),
      { jsonrpc: "2.0", method: "notifications/speak" },
      session,
    );
    expect(notified.status).toBe(202);
    const noStream = { ...session, accept: "application/json" };
    await (await post(url("scripted"), request(1, "ping"), noStream)).text();

    const listener = await fetch(url("scripted"), { headers });
    const second = await fetch(url("scripted"), { headers });

    const reader = listener.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain("notifications/heard");
    expect(second.status).toBe(409);
    await reader?.cancel();
  });

  it("may be long: as long as answers over HTTP", async () => {
    const { bridge, url } = await startBridge();
    const program = `
      require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
        const { id, params } = JSON.parse(line);
        const text = "x".repeat(params.length ?? 1);
        if (id !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: { text } }) + "\\n");
      });`;
    bridge.serve(new Map([["long", command(["node", "-e", program])]]));
    const session = await openSession(url("long"));
    const ask = async (length: number) => {
      const response = await post(url("long"), request(1, "long", { length }), session);
      return await response.text();
    };
    expect(await ask(64 * 1024 * 1024)).toMatch(/x"}}\s*$/);
    expect(await ask(81 * 1024 * 1024)).toContain("a line is longer than");
  });

  it("that are no messages are dropped, and the session goes on", async () => {
    const { url } = await startBridge();
    const session = await openSession(url("scripted"));

    const response = await post(url("scripted"), request(1, "garbage"), session);

    expect(await response.json()).toMatchObject({ id: 1, result: {} });
  });

  it("come as one answer to clients that take no stream", async () => {
    const { url } = await startBridge();
    const session = await openSession(url("scripted"));

    const response = await post(url("scripted"), request(1, "ask", { n: 1 }), {
      ...session,
      accept: "application/json",
    });

    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({ id: 1 });
  });
});

describe("a server that dies", () => {
  it("answers its open requests with an error, and its session is unknown from then on", async () => {
    const { bridge, url } = await startBridge();
    const session = await openSession(url("scripted"));
    const hanging = post(url("scripted"), request(1, "hang"), session);
    await vi.waitFor(async () => {
      const again = await post(url("scripted"), request(1, "hang"), session);
      expect(again.status).toBe(400);
    });

    await post(url("scripted"), { jsonrpc: "2.0", method: "notifications/crash" }, session);

    expect(await (await hanging).json()).toMatchObject({
      id: 1,
      error: {
        message:
          "the server scripted ended with exit code 3 before it answered: what was asked may have been done or not",
      },
    });
    expect((await post(url("scripted"), request(2, "ping"), session)).status).toBe(404);
    expect(bridge.pids).toEqual([]);
  });

  it("at its start leaves an error that says so", async () => {
    const { bridge, url } = await startBridge();

    const response = await post(url("missing"), request(1, "initialize"));

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      id: 1,
      error: { message: "the server missing could not be started (ENOENT)" },
    });
    expect(bridge.pids).toEqual([]);
  });

  it("of slowness at its start leaves an error too", async () => {
    const { bridge, url } = await startBridge({ startWithinMs: 300 });
    bridge.serve(new Map([["slow", command(["node", "-e", "setInterval(() => {}, 1000)"])]]));

    const response = await post(url("slow"), request(1, "initialize"));

    expect(response.status).toBe(200);
    expect(await response.text()).toContain("did not answer initialize within 300 ms");
    await vi.waitFor(() => expect(bridge.pids).toEqual([]), { timeout: 10_000 });
  });
});

describe("the bridge", () => {
  it("serves nobody without the token", async () => {
    const { url } = await startBridge();
    for (const wrong of ["", "Bearer other", token]) {
      const response = await post(url("scripted"), request(1, "initialize"), {
        authorization: wrong,
      });
      expect(response.status).toBe(401);
    }
  });

  it("refuses what it cannot place, in the ways that clients know", async () => {
    const { url } = await startBridge();
    const unknown = { "mcp-session-id": "no-such-session" };
    const other = await openSession(url("scripted"));

    const answers = await Promise.all([
      post(url("scripted"), request(1, "server/discover")),
      post(url("scripted"), request(1, "tools/list"), unknown),
      post(url("files"), request(1, "tools/list"), other),
      post(url("nobody"), request(1, "initialize")),
      post(url("scripted"), "{"),
      post(url("scripted"), "x".repeat(5_000_000), other).catch(() => ({ status: 413 })),
      post(url("scripted"), request(1, "a"), { ...other, "content-type": "text/plain" }),
      fetch(url("scripted"), { method: "PUT", headers: { authorization, ...anna } }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([400, 404, 404, 404, 400, 413, 415, 405]);
    expect(await (answers[0] as Response).json()).toMatchObject({
      id: 1,
      error: { code: -32_000 },
    });
    expect(await (answers[1] as Response).json()).toMatchObject({
      id: 1,
      error: { code: -32_001 },
    });
  });

  it("runs so many processes and no more", async () => {
    const { url } = await startBridge({ maxProcesses: 1 });
    await openSession(url("scripted"));

    const response = await post(url("scripted"), request(1, "initialize"));

    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("10");
  });

  it("ends sessions that nobody uses", async () => {
    const { bridge, url } = await startBridge({ idleMs: 200 });
    await openSession(url("scripted"));

    await vi.waitFor(() => expect(bridge.pids).toEqual([]), { timeout: 10_000 });
  });

  it("ends the sessions of commands that the policy changed, and only those", async () => {
    const { bridge, url } = await startBridge();
    const session = await openSession(url("scripted"));
    const kept = await connect(url("everything"));

    bridge.serve(
      new Map([
        ["scripted", command(["node", "-e", `${scripted};`])],
        ["everything", command(["mcp-server-everything"])],
      ]),
    );

    expect((await post(url("scripted"), request(2, "ping"), session)).status).toBe(404);
    expect((await kept.listTools()).tools.length).toBeGreaterThan(0);
    expect((await post(url("files"), request(1, "initialize"))).status).toBe(404);
  });

  it("hands its servers nothing of its own environment but what they need", async () => {
    const { url } = await startBridge();
    const session = await openSession(url("scripted"));

    const response = await post(url("scripted"), request(1, "env"), session);

    const { result } = (await response.json()) as { result: Record<string, string> };
    const needed = ["HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ"];
    expect(Object.keys(result).filter((name) => !needed.includes(name))).toEqual([]);
  });

  it("leaves no process behind, not even a stubborn one and its children", async () => {
    const { bridge, url } = await startBridge();
    const stubborn = `
      process.on("SIGTERM", () => {});
      setInterval(() => {}, 1000);
      const child = require("node:child_process").spawn("sleep", ["600"]);
      process.stdin.once("data", () => console.log(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { pid: child.pid } })));
    `;
    bridge.serve(new Map([["stubborn", command(["node", "-e", stubborn])]]));
    const response = await post(url("stubborn"), request(1, "initialize"));
    const { result } = (await response.json()) as { result: { pid: number } };
    const pids = [...bridge.pids, result.pid];
    expect(pids.map(isAlive)).toEqual([true, true]);

    await bridge.close();

    await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]));
  }, 15_000);
});
