import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RecordChain } from "../../../core/audit/chain/record-chain.ts";
import { type AuditFormat, renderRecord } from "../../../core/audit/formats/format.ts";
import { readSyslogStream } from "../../../test/support/siem/line-formats.ts";
import { type BatchAnswer, BatchReceiver } from "../../../test/support/sinks.ts";
import { TestAuthority } from "../../../test/support/tls.ts";
import { openSink } from "../open-sink.ts";
import { readExportSettings } from "../settings.ts";
import { HttpSink } from "./http-sink.ts";
import type { OutgoingRecord, Sink } from "./sink.ts";
import { splunkDialect } from "./splunk.ts";
import { webhookDialect } from "./webhook.ts";

let folder: string;
const closers: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mcpgw-sink-"));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

function open(env: Readonly<Record<string, string>>): Sink {
  const settings = readExportSettings({ MCPGW_EXPORT_STATUS_PORT: "off", ...env });
  const sink = openSink(settings, process.stdout);
  closers.push(() => sink.close());
  return sink;
}

const chain = new RecordChain({ producer: "proxy-1" });
function records(count: number, format: AuditFormat = "native"): OutgoingRecord[] {
  return Array.from({ length: count }, () => {
    const { id, text } = chain.add({ event: "request", agent: "ann|é", outcome: "answered" });
    return { id, ...renderRecord(text, "1-1", format) };
  });
}

async function receiver(
  answer: () => BatchAnswer = () => ({}),
  tls?: { cert: Buffer; key: Buffer },
) {
  const started = await BatchReceiver.start(tls);
  closers.push(() => started.stop());
  started.answer = answer;
  return started;
}

describe("a file", () => {
  const path = () => join(folder, "audit.ndjson");
  const lines = (file = path()) => readFileSync(file, "utf8").split("\n").slice(0, -1);
  const openFile = (env: Readonly<Record<string, string>> = {}) =>
    open({ MCPGW_EXPORT_SINK: "file", MCPGW_EXPORT_FILE: path(), ...env });

  it("has a line for each record, and goes on after what is there", async () => {
    const [one, two] = [records(2), records(2)];
    const first = openFile();
    await first.send(one);
    await first.close();
    await openFile().send(two);

    expect(lines()).toEqual([...one, ...two].map(({ line }) => line));
  });

  it("loses the half of a line that a crash left: its record comes again", async () => {
    writeFileSync(path(), `{"whole":1}\n{"half":"${"x".repeat(200_000)}`);
    const [record] = records(1);
    await openFile().send(record ? [record] : []);

    expect(lines()).toEqual(['{"whole":1}', record?.line]);
  });

  it("is put aside when it is full, and the oldest of those go", async () => {
    const sink = openFile({ MCPGW_EXPORT_FILE_MAX_BYTES: "1000", MCPGW_EXPORT_FILE_KEEP: "2" });
    for (let round = 0; round < 5; round += 1) {
      await sink.send(records(4));
    }

    const aside = readdirSync(folder).filter((name) => name !== "audit.ndjson");
    expect(aside).toHaveLength(2);
    for (const name of aside) expect(lines(join(folder, name))).toHaveLength(4);
  });

  it("is begun anew when another program put it aside", async () => {
    const sink = openFile();
    const [one, two] = [records(1), records(1)];
    await sink.send(one);
    renameSync(path(), `${path()}.1`);
    await sink.send(two);

    expect(lines()).toEqual(two.map(({ line }) => line));
    expect(lines(`${path()}.1`)).toEqual(one.map(({ line }) => line));
  });

  it("that cannot be written is a failure that may pass", async () => {
    const sink = open({ MCPGW_EXPORT_SINK: "file", MCPGW_EXPORT_FILE: "/dev/full/x" });
    await expect(sink.send(records(1))).rejects.toMatchObject({
      name: "SinkFailure",
      kind: "away",
    });
  });
});

describe("splunk", () => {
  const openSplunk = (url: string, env: Readonly<Record<string, string>> = {}) =>
    open({
      MCPGW_EXPORT_SINK: "splunk",
      MCPGW_EXPORT_URL: `${url}/services/collector/event`,
      MCPGW_EXPORT_TOKEN: "hec-token",
      ...env,
    });

  it("gets events with their time, zipped, under its token", async () => {
    const server = await receiver();
    const batch = records(3);
    await openSplunk(server.url, { MCPGW_EXPORT_INDEX: "mcp" }).send(batch);

    const [post] = server.batches;
    expect(post?.path).toBe("/services/collector/event");
    expect(post?.headers).toMatchObject({
      authorization: "Splunk hec-token",
      "content-encoding": "gzip",
    });
    const events = post?.body.split("\n").map((line) => JSON.parse(line)) ?? [];
    expect(events.map(({ event }) => event.id)).toEqual(batch.map(({ id }) => id));
    expect(events[0]).toMatchObject({ index: "mcp", sourcetype: "mcpgateway:audit" });
    expect(events[0].time * 1_000).toBeCloseTo(Date.parse(events[0].event.time), 0);
  });

  it("gets formats that are no JSON as text", async () => {
    const server = await receiver();
    const [record] = records(1, "cef");
    await openSplunk(server.url, { MCPGW_EXPORT_FORMAT: "cef" }).send(record ? [record] : []);

    expect(JSON.parse(server.batches[0]?.body ?? "").event).toBe(record?.line);
  });

  it.each([
    [400, "refused"],
    [413, "refused"],
    [401, "away"],
    [403, "away"],
    [404, "away"],
    [429, "away"],
    [500, "away"],
    [503, "away"],
    [302, "away"],
  ] as const)("with HTTP %i has failed in a way that is %s", async (status, kind) => {
    const server = await receiver(() => ({ status, headers: { "retry-after": "7" } }));
    const sending = openSplunk(server.url).send(records(1));
    await expect(sending).rejects.toMatchObject({ kind, retryAfterMs: 7_000 });
  });

  it("never has its token in what is said of a failure", async () => {
    const sink = openSplunk("http://127.0.0.1:1");
    const failure = await sink.send(records(1)).catch((error: Error) => error);
    expect(failure).toMatchObject({
      kind: "away",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    expect(JSON.stringify([String(failure), sink.name])).not.toContain("hec-token");
  });

  it("is spoken to over TLS as the given authority says, and with the token of the moment", async () => {
    const authority = new TestAuthority();
    closers.push(() => authority.remove());
    const issued = authority.issue("siem", "IP:127.0.0.1");
    const tls = { cert: readFileSync(issued.certificate), key: readFileSync(issued.key) };
    const server = await receiver(undefined, tls);
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, "first\n");
    const env = { MCPGW_EXPORT_TOKEN: "", MCPGW_EXPORT_TOKEN_FILE: tokenFile };

    await expect(openSplunk(server.url, env).send(records(1))).rejects.toMatchObject({
      kind: "away",
    });
    const sink = openSplunk(server.url, { ...env, MCPGW_EXPORT_CA_FILE: authority.certificate });
    await sink.send(records(1));
    writeFileSync(tokenFile, "second\n");
    await sink.send(records(1));

    expect(server.batches.map(({ headers }) => headers.authorization)).toEqual([
      "Splunk first",
      "Splunk second",
    ]);
  });
});

describe("elastic", () => {
  const openElastic = (url: string) =>
    open({
      MCPGW_EXPORT_SINK: "elastic",
      MCPGW_EXPORT_URL: `${url}/_bulk`,
      MCPGW_EXPORT_TOKEN: "k",
    });
  const items = (...statuses: readonly number[]) => ({
    body: JSON.stringify({
      errors: statuses.some((status) => status >= 300),
      items: statuses.map((status) => ({
        create: { status, ...(status >= 300 && { error: { type: "t", reason: "r" } }) },
      })),
    }),
  });

  it("gets each record under its id, so that a repeat changes nothing", async () => {
    const server = await receiver(() => items(201, 409));
    const batch = records(2, "ecs");
    expect(await openElastic(server.url).send(batch)).toEqual([]);

    const lines = server.batches[0]?.body.split("\n") ?? [];
    expect(server.batches[0]?.headers.authorization).toBe("ApiKey k");
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      create: { _index: "logs-mcpgateway.audit-default", _id: batch[0]?.id },
    });
    expect(lines).toEqual([lines[0], batch[0]?.line, lines[2], batch[1]?.line, ""]);
  });

  it("says of each record whether it refuses it", async () => {
    const server = await receiver(() => items(201, 400, 201));
    expect(await openElastic(server.url).send(records(3))).toEqual([
      { index: 1, reason: "t: r (400)" },
    ]);
  });

  it.each([429, 503, 403])("is asked again for all when one record has %i", async (status) => {
    const server = await receiver(() => items(201, status, 400));
    await expect(openElastic(server.url).send(records(3))).rejects.toMatchObject({ kind: "away" });
  });

  it.each(["", "<html>", "{}", '{"errors":true}', '{"errors":true,"items":[]}'])(
    "is not believed when it answers %j",
    async (body) => {
      const server = await receiver(() => ({ body }));
      await expect(openElastic(server.url).send(records(1))).rejects.toMatchObject({
        kind: "away",
      });
    },
  );
});

it("signs what goes to a webhook, with the same id for the same records", async () => {
  const server = await receiver();
  const sink = open({
    MCPGW_EXPORT_SINK: "webhook",
    MCPGW_EXPORT_URL: `${server.url}/in`,
    MCPGW_EXPORT_SIGNING_KEY: "a secret",
  });
  const batch = records(2);
  await sink.send(batch);
  await sink.send(batch);

  const [one, two] = server.batches;
  expect(one?.body).toBe(batch.map(({ line }) => `${line}\n`).join(""));
  const {
    "webhook-id": id,
    "webhook-timestamp": at,
    "webhook-signature": signature,
  } = one?.headers ?? {};
  const expected = createHmac("sha256", "a secret")
    .update(`${id}.${at}.${one?.body}`)
    .digest("base64");
  expect(signature).toBe(`v1,${expected}`);
  expect(two?.headers["webhook-id"]).toBe(id);
});

describe("otlp", () => {
  const openOtlp = (url: string) =>
    open({ MCPGW_EXPORT_SINK: "otlp", MCPGW_EXPORT_URL: `${url}/v1/logs` });

  it("gets log records as OTLP in JSON has them", async () => {
    const server = await receiver();
    const { id, text } = chain.add({
      event: "call.outcome",
      outcome: "blocked",
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      parentSpanId: "00f067aa0ba902b7",
    });
    await openOtlp(server.url).send([{ id, ...renderRecord(text, "1-1", "native") }]);

    const { resourceLogs } = JSON.parse(server.batches[0]?.body ?? "{}");
    expect(resourceLogs[0].resource.attributes).toContainEqual({
      key: "service.name",
      value: { stringValue: "mcp-gateway" },
    });
    const [record] = resourceLogs[0].scopeLogs[0].logRecords;
    expect(record).toMatchObject({
      timeUnixNano: expect.stringMatching(/^\d{19}$/),
      severityNumber: 13,
      severityText: "WARN",
      body: { stringValue: text },
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "00f067aa0ba902b7",
    });
    expect(record.attributes).toContainEqual({ key: "log.record.uid", value: { stringValue: id } });
  });

  it("that takes a part of the batch has refused something in it", async () => {
    const body = JSON.stringify({ partialSuccess: { rejectedLogRecords: "1", errorMessage: "x" } });
    const server = await receiver(() => ({ body }));
    await expect(openOtlp(server.url).send(records(2))).rejects.toMatchObject({ kind: "refused" });
  });
});

describe("an HTTP receiver that misbehaves", () => {
  const openWebhook = (url: string, env: Readonly<Record<string, string>> = {}) =>
    open({ MCPGW_EXPORT_SINK: "webhook", MCPGW_EXPORT_URL: url, ...env });

  /** Answers as raw bytes, and says what it does with the connection then. */
  async function listenRaw(answer: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
      closers.push(() => socket.destroy());
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    closers.push(() => new Promise((done) => server.close(done)));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  it.each<[string, (socket: Socket) => void]>([
    ["closes before it answers", (socket) => socket.resetAndDestroy()],
    [
      "closes in the middle of its answer",
      (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
    ],
    ["answers what is no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
  ])("and %s has not taken the batch", async (_, answer) => {
    const sending = openWebhook(await listenRaw(answer)).send(records(2));
    await expect(sending).rejects.toMatchObject({ kind: "away" });
  });

  it("and hangs in the middle of its answer is given up, not waited for", async () => {
    const url = await listenRaw((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
    );
    const sink = new HttpSink({
      url: new URL(url),
      dialect: webhookDialect({ signingKey: () => undefined }),
      authorization: () => undefined,
      gzip: false,
      tls: {},
      timeoutMs: 200,
    });
    closers.push(() => sink.close());
    await expect(sink.send(records(1))).rejects.toMatchObject({ kind: "away" });
  });

  it("and sends on to another address is not followed: the token is for this one", async () => {
    const other = await receiver();
    const server = await receiver(() => ({ status: 307, headers: { location: other.url } }));
    const sink = openWebhook(server.url, { MCPGW_EXPORT_TOKEN: "secret" });

    await expect(sink.send(records(1))).rejects.toMatchObject({
      kind: "away",
      message: expect.stringContaining("HTTP 307"),
    });
    expect(other.batches).toEqual([]);
  });

  it("and shows a certificate of somebody else gets nothing", async () => {
    const authority = new TestAuthority();
    closers.push(() => authority.remove());
    const issued = authority.issue("siem", "DNS:elsewhere.example.com");
    const tls = { cert: readFileSync(issued.certificate), key: readFileSync(issued.key) };
    const server = await receiver(() => ({}), tls);
    const sink = openWebhook(server.url, { MCPGW_EXPORT_CA_FILE: authority.certificate });

    await expect(sink.send(records(1))).rejects.toMatchObject({
      kind: "away",
      message: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID"),
    });
    expect(server.batches).toEqual([]);
  });

  it("gets a record of a megabyte whole, as every sink does", async () => {
    const server = await receiver();
    const { text, id } = chain.add({ event: "request", result: "é".repeat(500_000) });
    const large = [{ id, ...renderRecord(text, "1-1", "native") }];
    await openWebhook(server.url).send(large);

    expect(server.batches[0]?.body).toBe(`${text}\n`);
  });
});

describe("splunk as it answers when it is set up wrongly, or acknowledges", () => {
  const openAt = (url: string, ackEveryMs?: number) => {
    const dialect = splunkDialect({
      url: new URL(url),
      index: "",
      host: "h",
      isJson: true,
      ...(ackEveryMs !== undefined && { ackEveryMs }),
    });
    const options = { dialect, authorization: () => "Splunk t", gzip: true, tls: {} };
    const sink = new HttpSink({ url: new URL(`${url}/services/collector/event`), ...options });
    closers.push(() => sink.close());
    return sink;
  };

  it.each([
    ["a wrong index", 7],
    ["a channel that is missing", 10],
  ])("%s is no fault of the records", async (_, code) => {
    const server = await receiver(() => ({ status: 400, body: JSON.stringify({ code }) }));
    await expect(openAt(server.url).send(records(2))).rejects.toMatchObject({ kind: "away" });
  });

  it("data that it does not understand is", async () => {
    const body = JSON.stringify({ code: 6, "invalid-event-number": 1 });
    const server = await receiver(() => ({ status: 400, body }));
    await expect(openAt(server.url).send(records(2))).rejects.toMatchObject({ kind: "refused" });
  });

  it("a page of something else with HTTP 200 has taken nothing", async () => {
    const server = await receiver(() => ({ body: "<html>Please log in</html>" }));
    await expect(openAt(server.url).send(records(1))).rejects.toMatchObject({ kind: "away" });
  });

  it("a batch counts as taken once the indexers have it", async () => {
    const server = await BatchReceiver.start();
    closers.push(() => server.stop());
    let asked = 0;
    server.answer = ({ path }) => {
      if (!path.startsWith("/services/collector/ack")) {
        return { body: JSON.stringify({ code: 0, ackId: 7 }) };
      }
      asked += 1;
      return { body: JSON.stringify({ acks: { "7": asked > 2 } }) };
    };
    expect(await openAt(server.url, 1).send(records(3))).toEqual([]);

    const [batch, ...questions] = server.batches;
    expect(asked).toBe(3);
    const channel = batch?.headers["x-splunk-request-channel"];
    expect(channel).toMatch(/^[0-9a-f-]{36}$/);
    for (const { path, body, headers } of questions) {
      expect(path).toBe(`/services/collector/ack?channel=${channel}`);
      expect(JSON.parse(body)).toEqual({ acks: [7] });
      expect(headers.authorization).toBe("Splunk t");
    }
  });

  it("a batch that the indexers never acknowledge is sent again", async () => {
    const server = await BatchReceiver.start();
    closers.push(() => server.stop());
    server.answer = ({ path }) =>
      path.includes("/ack") ? { body: '{"acks":{"0":false}}' } : { body: '{"code":0,"ackId":0}' };
    await expect(openAt(server.url, 0).send(records(1))).rejects.toMatchObject({ kind: "away" });
  });
});

describe("syslog", () => {
  /** What came over each connection. */
  interface Listener {
    readonly received: Buffer[][];
    readonly sockets: Socket[];
    readonly port: number;
  }

  async function listen(create: (listener: (socket: Socket) => void) => Server): Promise<Listener> {
    const received: Buffer[][] = [];
    const sockets: Socket[] = [];
    const server = create((socket) => {
      const chunks: Buffer[] = [];
      received.push(chunks);
      sockets.push(socket);
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("error", () => {});
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    });
    return { received, sockets, port: (server.address() as AddressInfo).port };
  }

  /** The records that came as messages, whose frames and grammar are checked to the letter. */
  const unframe = (chunks: readonly Buffer[]): unknown[] =>
    readSyslogStream(Buffer.concat(chunks)).map(({ text }) => JSON.parse(text));
  const parsed = (batch: readonly OutgoingRecord[]): unknown[] =>
    batch.map(({ line }) => JSON.parse(line));

  it("gets framed messages over one connection", async () => {
    const listener = await listen((it) => createServer(it));
    const sink = open({
      MCPGW_EXPORT_SINK: "syslog",
      MCPGW_EXPORT_URL: `tcp://127.0.0.1:${listener.port}`,
    });
    const batch = records(5);
    await sink.send(batch.slice(0, 2));
    await sink.send(batch.slice(2));
    await sink.close();

    expect(listener.received).toHaveLength(1);
    expect(unframe(listener.received[0] ?? [])).toEqual(parsed(batch));
    const [message] = readSyslogStream(Buffer.concat(listener.received[0] ?? []));
    expect(message?.fields).toMatchObject({ priority: "110", app: "mcp-gateway" });
  });

  it("gets again what may have been lost with a connection that broke", async () => {
    const listener = await listen((it) => createServer(it));
    const sink = open({
      MCPGW_EXPORT_SINK: "syslog",
      MCPGW_EXPORT_URL: `tcp://127.0.0.1:${listener.port}`,
    });
    const [one, two] = [records(2), records(2)];
    await sink.send(one);
    listener.sockets[0]?.resetAndDestroy();
    await vi.waitFor(async () => {
      await sink.send(two).catch(() => undefined);
      expect(listener.received.length).toBeGreaterThan(1);
    });

    await vi.waitFor(() => {
      const again = listener.received.slice(1).flatMap(unframe);
      expect(again.slice(0, 2)).toEqual(parsed(one));
      expect(again.length).toBeGreaterThanOrEqual(4);
    });
  });

  it("is spoken to over TLS as the given authority says", async () => {
    const authority = new TestAuthority();
    closers.push(() => authority.remove());
    const issued = authority.issue("siem", "IP:127.0.0.1,DNS:localhost");
    const tls = { cert: readFileSync(issued.certificate), key: readFileSync(issued.key) };
    const listener = await listen((it) => createTlsServer(tls, it));
    const url = `tls://localhost:${listener.port}`;
    const env = { MCPGW_EXPORT_SINK: "syslog", MCPGW_EXPORT_URL: url };

    await expect(open(env).send(records(1))).rejects.toMatchObject({ kind: "away" });
    const sink = open({ ...env, MCPGW_EXPORT_CA_FILE: authority.certificate });
    const batch = records(3);
    await sink.send(batch);
    await sink.close();

    expect(listener.received.flatMap(unframe)).toEqual(parsed(batch));
  });

  it("that does not listen is a failure that may pass", async () => {
    const sink = open({ MCPGW_EXPORT_SINK: "syslog", MCPGW_EXPORT_URL: "tcp://127.0.0.1:1" });
    await expect(sink.send(records(1))).rejects.toMatchObject({ kind: "away" });
  });
});

it("names every setting that is wrong, and never shows a secret", () => {
  const read = () =>
    readExportSettings({
      MCPGW_EXPORT_SINK: "elastic",
      MCPGW_EXPORT_FORMAT: "cef",
      MCPGW_EXPORT_URL: "https://user:hunter2@siem.example.com/_bulk",
      MCPGW_EXPORT_NAME: "Not A Name",
      MCPGW_EXPORT_BATCH_RECORDS: "0",
      MCPGW_EXPORT_CA_FILE: "/nowhere",
    });
  expect(read).toThrow(/FORMAT[\s\S]*NAME|NAME[\s\S]*FORMAT/);
  expect(read).toThrow(/must not hold a password/);
  expect(read).toThrow(/BATCH_RECORDS/);
  expect(read).toThrow(/CA_FILE names a file that cannot be read/);
  expect(read).not.toThrow(/hunter2/);
});

it("ends when it is told to, although Redis is away", async () => {
  const main = join(import.meta.dirname, "../main.ts");
  const env = { MCPGW_REDIS_URL: "redis://127.0.0.1:1", MCPGW_EXPORT_STATUS_PORT: "off", PATH: "" };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "ignore", "pipe"] });
  closers.push(() => child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data;
  });
  await vi.waitFor(() => expect(said).toContain("Redis cannot be reached"), 20_000);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});
