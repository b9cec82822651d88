import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { CreateMessageRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { ProcessSharingName } from "../../../core/policy/compiled-policy.ts";
import {
  anna,
  authorization,
  command,
  connect,
  openSession,
  post,
  request,
  startBridge,
} from "../../../test/support/bridge.ts";

const bert = { "mcpgw-agent": "bert" };
const stdioServer = join(import.meta.dirname, "../../../test/support/stdio-server.ts");

/** Does as told by the method, and remembers in one process what all its sessions did. */
const scripted = `
  const held = [];
  const seen = [];
  const say = (it) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...it }) + "\\n");
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method, params, result, error } = JSON.parse(line);
    seen.push({ id, method, params, result, error });
    if (method === "initialize") return say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { logging: {}, tasks: {}, tools: {} }, serverInfo: { name: String(process.pid), version: "1" }, asked: params } });
    if (method === "server/discover") return say({ id, result: { supportedVersions: ["2026-07-28"], capabilities: { logging: {}, tools: {} } } });
    if (method === "hold") return held.push(id);
    if (method === "release") while (held.length) { const it = held.pop(); say({ id: it, result: { id: it } }); }
    if (method === "crash") process.exit(3);
    if (method === "speak") say(params);
    if (method === "seen") return say({ id, result: { seen } });
    if (id !== undefined && method) process.stdout.write('{"jsonrpc":"2.0","id":' + JSON.stringify(id) + ',"result":{"big":12345678901234567890,"echo":' + line + '}}\\n');
  });
`;

async function startShared(process: ProcessSharingName, words = ["node", "-e", scripted]) {
  const { bridge, url } = await startBridge();
  bridge.serve(new Map([["it", command(words, { process })]]));
  return { bridge, url: url("it") };
}

interface Answer {
  readonly result: Record<string, unknown> & { readonly seen: Record<string, unknown>[] };
}

async function answerTo(response: Promise<Response>): Promise<Answer> {
  const text = await (await response).text();
  const line = text.startsWith("event:")
    ? text
        .split("\n")
        .filter((it) => it.startsWith("data: "))
        .at(-1)
        ?.slice(6)
    : text;
  return JSON.parse(line ?? "");
}

/** What the server has been sent. */
async function seenBy(url: string, session: Record<string, string>) {
  return (await answerTo(post(url, request("look", "seen"), session))).result.seen;
}

/** The stream of what the server says on its own. */
async function listen(url: string, session: Record<string, string>) {
  const headers = { authorization, accept: "text/event-stream", ...anna, ...session };
  const response = await fetch(url, { headers });
  let heard = "";
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  onTestFinished(() => reader?.cancel());
  const read = async () => {
    for (let it = await reader?.read(); it && !it.done; it = await reader?.read())
      heard += it.value;
  };
  read().catch(() => {});
  return { heard: () => heard };
}

const initialize = (changes = {}) =>
  request("hello", "initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
    ...changes,
  });

describe.each(["agent", "shared"] as const)("sessions of one process (%s)", (process) => {
  it("get the answers to their own requests, whatever ids they use", async () => {
    const { bridge, url } = await startShared(process);
    const one = await openSession(url);
    const two = await openSession(url);
    expect(bridge.pids).toHaveLength(1);

    const held = [one, two].map((session) => answerTo(post(url, request(7, "hold"), session)));
    await vi.waitFor(async () => {
      const seen = await seenBy(url, one);
      expect(seen.filter(({ method }) => method === "hold")).toHaveLength(2);
    });
    await answerTo(post(url, request(7, "release"), await openSession(url)));

    const answers = await Promise.all(held);
    expect(answers.map((it) => (it as unknown as { id: unknown }).id)).toEqual([7, 7]);
    expect(new Set(answers.map(({ result }) => result["id"])).size).toBe(2);
  });

  it("get numbers as the server wrote them", async () => {
    const { url } = await startShared(process);
    const response = await post(
      url,
      '{"jsonrpc":"2.0","id":"x","method":"made/up","params":{"n":1e400}}',
      await openSession(url),
    );
    expect(await response.text()).toMatch(/"big":12345678901234567890.*"n":1e400/);
  });

  it("get progress under the token that they chose", async () => {
    const { url } = await startShared(process, ["node", stdioServer]);
    const [one, two] = await Promise.all([connect(url), connect(url, {}, anna)]);
    const heard = { one: [] as unknown[], two: [] as unknown[] };
    const call = (client: typeof one, name: "one" | "two") =>
      client.callTool({ name: "echo", arguments: { text: name, afterMs: 100 } }, undefined, {
        onprogress: ({ message }) => void heard[name].push(message),
      });
    const answers = await Promise.all([call(one, "one"), call(two, "two")]);
    expect(heard).toEqual({ one: ["one"], two: ["two"] });
    expect(answers.map(({ content }) => JSON.stringify(content).match(/says (\w+)/)?.[1])).toEqual([
      "one",
      "two",
    ]);
  });

  it("cancel their own requests only", async () => {
    const { url } = await startShared(process);
    const one = await openSession(url);
    const two = await openSession(url);
    const controller = new AbortController();
    const gone = fetch(url, {
      method: "POST",
      headers: { authorization, "content-type": "application/json", ...anna, ...one },
      body: JSON.stringify(request(7, "hold")),
      signal: controller.signal,
    }).catch(() => {});
    const holdOf = async () => (await seenBy(url, two)).find(({ method }) => method === "hold");
    await vi.waitFor(async () => expect(await holdOf()).toBeDefined());

    const cancelled = {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 7 },
    };
    controller.abort();
    await gone;
    expect((await post(url, cancelled, two)).status).toBe(202);
    expect((await post(url, cancelled, one)).status).toBe(202);

    const seen = await seenBy(url, two);
    expect(seen.filter(({ method }) => method === "notifications/cancelled")).toMatchObject([
      { params: { requestId: (await holdOf())?.["id"] } },
    ]);
  });

  it("hear of changed lists, all of them, and of a resource those that subscribed", async () => {
    const { url } = await startShared(process);
    const one = await openSession(url);
    const two = await openSession(url);
    const [first, second] = await Promise.all([listen(url, one), listen(url, two)]);
    const uri = "note://one";
    for (const session of [one, two]) {
      await answerTo(post(url, request(1, "resources/subscribe", { uri }), session));
    }
    await answerTo(post(url, request(2, "resources/unsubscribe", { uri }), two));
    const noStream = { ...two, accept: "application/json" };
    for (const [method, params] of [
      ["notifications/resources/updated", { uri }],
      ["notifications/tools/list_changed", {}],
    ]) {
      await answerTo(post(url, request(3, "speak", { method, params }), noStream));
    }

    await vi.waitFor(() => {
      for (const { heard } of [first, second]) expect(heard()).toContain("tools/list_changed");
    });
    expect(first.heard()).toContain("resources/updated");
    expect(second.heard()).not.toContain("resources/updated");
    const unsubscribed = (await seenBy(url, two)).filter(
      ({ method }) => method === "resources/unsubscribe",
    );
    expect(unsubscribed).toEqual([]);
  });

  it("leave the process to the others, and give back what was theirs", async () => {
    const { bridge, url } = await startShared(process);
    const [one, two] = [await openSession(url), await openSession(url)];
    await answerTo(post(url, request(1, "resources/subscribe", { uri: "a://b" }), one));
    const headers = { authorization, ...anna, ...one };

    expect((await fetch(url, { method: "DELETE", headers })).status).toBe(204);

    await vi.waitFor(async () => {
      const methods = (await seenBy(url, two)).map(({ method }) => method);
      expect(methods).toContain("resources/unsubscribe");
    });
    expect((await post(url, request(2, "ping"), one)).status).toBe(404);
    expect(bridge.pids).toHaveLength(1);
  });

  it("end with it, at once and with a reason; the next one starts it again", async () => {
    const { bridge, url } = await startShared(process);
    const [one, two] = [await openSession(url), await openSession(url)];
    const [pid] = bridge.pids;
    const held = answerTo(post(url, request(1, "hold"), one));
    await vi.waitFor(async () => {
      expect((await seenBy(url, two)).map(({ method }) => method)).toContain("hold");
    });

    const crashed = answerTo(post(url, request(2, "crash"), two));

    for (const answer of await Promise.all([held, crashed])) {
      expect(JSON.stringify(answer)).toContain("ended with exit code 3 before it answered");
    }
    expect((await post(url, request(3, "ping"), one)).status).toBe(404);
    const again = await openSession(url);
    expect((await seenBy(url, again)).map(({ method }) => method)).not.toContain("hold");
    expect(bridge.pids).not.toEqual([pid]);
  });
});

describe("an agent's process", () => {
  it("is never another agent's", async () => {
    const { bridge, url } = await startShared("agent");
    const ofAnna = await openSession(url);
    const ofBert = await openSession(url, bert);
    expect(bridge.pids).toHaveLength(2);
    await answerTo(post(url, request(1, "secret/of-anna"), ofAnna));

    const seen = await seenBy(url, ofBert);

    expect(seen.map(({ method }) => method)).not.toContain("secret/of-anna");
    expect((await post(url, request(2, "ping"), { ...ofAnna, ...bert })).status).toBe(404);
  });

  it("serves sessions that said the same of themselves; others get an answer of their own", async () => {
    const { bridge, url } = await startShared("agent");
    const greet = async (changes = {}) =>
      (await answerTo(post(url, initialize(changes)))) as unknown as { id: string; result: object };
    const first = await greet();
    expect(await greet()).toEqual(first);
    expect(bridge.pids).toHaveLength(1);
    expect(first).toMatchObject({ id: "hello", result: { protocolVersion: "2025-06-18" } });
    expect(await greet({ protocolVersion: "2025-11-25" })).toMatchObject({
      result: { protocolVersion: "2025-11-25" },
    });
    await greet({ capabilities: { sampling: {} } });
    expect(bridge.pids).toHaveLength(3);
  });

  it("asks the session that asked last, and takes the answer from it alone", async () => {
    const { url } = await startShared("agent");
    const client = await connect(url, { sampling: {} });
    const other = await connect(url, { sampling: {} });
    const asked = { one: vi.fn(), other: vi.fn() };
    const sample = (name: "one" | "other") => () => {
      asked[name]();
      return {
        role: "assistant" as const,
        model: "none",
        content: { type: "text" as const, text: name },
      };
    };
    client.setRequestHandler(CreateMessageRequestSchema, sample("one"));
    other.setRequestHandler(CreateMessageRequestSchema, sample("other"));
    const question = {
      id: "q",
      method: "sampling/createMessage",
      params: { messages: [], maxTokens: 1 },
    };
    const { z } = await import("zod");
    await client.request({ method: "speak", params: question } as never, z.any() as never);
    await vi.waitFor(() => expect(asked.one).toHaveBeenCalled());
    await vi.waitFor(async () => {
      const { seen } = (await client.request(
        { method: "seen" } as never,
        z.any() as never,
      )) as unknown as { seen: { id?: unknown; result?: object }[] };
      expect(seen.filter(({ id, result }) => id === "q" && result)).toMatchObject([
        { result: { content: { text: "one" } } },
      ]);
    });
    expect(asked.other).not.toHaveBeenCalled();
  });

  it("drops answers of sessions that were not asked", async () => {
    const { url } = await startShared("agent");
    const [one, two] = [await openSession(url), await openSession(url)];
    const stream = { ...one, accept: "application/json, text/event-stream" };
    await (await post(url, request(1, "speak", { id: "q", method: "roots/list" }), stream)).text();
    const answer = (by: string) => ({ jsonrpc: "2.0", id: "q", result: { by } });

    await post(url, answer("two"), two);
    await post(url, answer("one"), one);
    await post(url, answer("one, again"), one);

    const answers = (await seenBy(url, one)).filter(({ id }) => id === "q");
    expect(answers).toMatchObject([{ result: { by: "one" } }]);
  });
});

describe("a process that all agents share", () => {
  it("is told nothing of any of them, and offers nothing that cannot be told apart", async () => {
    const { bridge, url } = await startShared("shared");
    const { result } = await answerTo(
      post(url, initialize({ capabilities: { sampling: {} } }), bert),
    );
    expect(result["asked"]).toMatchObject({
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "mcp-gateway" },
    });
    expect(result["capabilities"]).toEqual({ tools: {} });
    await openSession(url);
    for (const [method, params] of [
      ["logging/setLevel", { level: "debug" }],
      ["tasks/list", {}],
    ] as const) {
      const answer = await answerTo(post(url, request(1, method, params), await openSession(url)));
      expect(answer).toMatchObject({ error: { code: -32_601 } });
    }
    expect(bridge.pids.length).toBeLessThanOrEqual(2);
  });

  it("gets an error for what it asks of nobody in particular, and nobody hears what names nobody", async () => {
    const { url } = await startShared("shared");
    const [one, two] = [await openSession(url), await openSession(url, bert)];
    const streams = await Promise.all([listen(url, one), listen(url, two)]);
    const speak = (params: object) => post(url, request(1, "speak", params), one);
    const answers = [
      await (await speak({ id: "q1", method: "sampling/createMessage", params: {} })).text(),
      await (await speak({ id: "q2", method: "ping" })).text(),
      await (await speak({ method: "notifications/message", params: { data: "of bert" } })).text(),
      await (
        await speak({
          method: "notifications/tools/list_changed",
          params: { _meta: { of: "bert" } },
        })
      ).text(),
    ];
    await vi.waitFor(() => expect(streams[1]?.heard()).toContain("list_changed"));

    const everything = answers.join() + streams.map(({ heard }) => heard()).join();
    for (const it of [/"method":"sampling/, /"method":"notifications\/message/, /^data.*_meta/m]) {
      expect(everything.replaceAll(/"echo":.*/g, "")).not.toMatch(it);
    }
    const seen = await seenBy(url, one);
    expect(seen.find(({ id }) => id === "q1")).toMatchObject({ error: { code: -32_601 } });
    expect(seen.find(({ id }) => id === "q2")).toMatchObject({ result: {} });
  });
});

describe.each(["session", "agent", "shared"] as const)("a server of both eras (%s)", (process) => {
  it("serves requests without a session, and tells agents apart as its process does", async () => {
    const { bridge, url } = await startShared(process, ["node", stdioServer]);
    const ask = async (agent: Record<string, string>, text: string) => {
      const client = new Client(
        { name: "test", version: "1" },
        { versionNegotiation: { mode: "auto" } },
      );
      await client.connect(
        new StreamableHTTPClientTransport(new URL(url), {
          requestInit: { headers: { authorization, ...agent } },
        }),
      );
      onTestFinished(() => client.close());
      expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
      const progress: unknown[] = [];
      const { content } = await client.callTool(
        { name: "echo", arguments: { text } },
        { onprogress: (it) => void progress.push(it.message) },
      );
      expect(progress).toEqual([text]);
      return (
        JSON.stringify(content)
          .match(/(\d+) says (\w+)/)
          ?.slice(1) ?? []
      );
    };
    const [first, again, other] = [
      await ask(anna, "a"),
      await ask(anna, "b"),
      await ask(bert, "c"),
    ];
    expect([first[1], again[1], other[1]]).toEqual(["a", "b", "c"]);
    expect(first[0]).toBe(again[0]);
    expect(first[0] === other[0]).toBe(process === "shared");
    expect(bridge.pids).toHaveLength(process === "shared" ? 1 : 2);
  });

  it("is told to cancel a request whose stream is closed", async () => {
    const { url } = await startShared(process);
    const modern = (id: string, method: string) => {
      const _meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
      };
      return {
        headers: { ...anna, "mcp-protocol-version": "2026-07-28", "mcp-method": method },
        message: request(id, method, { _meta }),
      };
    };
    const held = modern("mine", "hold");
    const controller = new AbortController();
    const gone = fetch(url, {
      method: "POST",
      headers: { authorization, "content-type": "application/json", ...held.headers },
      body: JSON.stringify(held.message),
      signal: controller.signal,
    }).catch(() => {});
    const look = modern("look", "seen");
    const seen = async () => (await answerTo(post(url, look.message, look.headers))).result.seen;
    const holdOf = async () => (await seen()).find(({ method }) => method === "hold");
    await vi.waitFor(async () => expect(await holdOf()).toBeDefined());

    controller.abort();
    await gone;

    const requestId = (await holdOf())?.["id"];
    await vi.waitFor(async () => {
      const cancelled = (await seen()).filter(({ method }) => method === "notifications/cancelled");
      expect(cancelled).toMatchObject([{ params: { requestId } }]);
    });
  });

  it("says what changed to those who listen", async () => {
    const { url } = await startShared(process, ["node", stdioServer]);
    const client = new Client(
      { name: "test", version: "1" },
      {
        versionNegotiation: { mode: "auto" },
        listChanged: { tools: { onChanged: () => heard() } },
      },
    );
    const heard = vi.fn();
    await client.connect(
      new StreamableHTTPClientTransport(new URL(url), {
        requestInit: { headers: { authorization, ...anna } },
      }),
    );
    onTestFinished(() => client.close());
    await client.callTool({ name: "more-tools", arguments: {} });
    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 5_000 });
  });
});

it("a server of the legacy era makes clients of both fall back", async () => {
  const { bridge, url } = await startShared("shared", ["mcp-server-everything"]);
  const client = new Client(
    { name: "test", version: "1" },
    { versionNegotiation: { mode: "auto" } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers: { authorization, ...anna } },
    }),
  );
  onTestFinished(() => client.close());
  const { content } = await client.callTool({ name: "echo", arguments: { message: "hello" } });
  expect(JSON.stringify(content)).toContain("hello");
  expect(client.getNegotiatedProtocolVersion()).toBe("2025-11-25");
  await vi.waitFor(() => expect(bridge.pids).toHaveLength(1), { timeout: 10_000 });
});
