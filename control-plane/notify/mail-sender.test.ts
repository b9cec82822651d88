import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { CompiledSmtp } from "../../core/policy/compiled-policy.ts";
import { SecretReader } from "../../core/secrets/secret-reader.ts";
import { TestAuthority } from "../../test/support/tls.ts";
import { MailSender } from "./mail-sender.ts";
import type { Notice } from "./notice.ts";

let authority: TestAuthority;
let certified: { key: Buffer; cert: Buffer };
let server: SMTPServer;
/** What arrived. */
let mails: { to: string[]; secure: boolean; user: string; text: string }[] = [];

beforeAll(() => {
  authority = new TestAuthority();
  const { certificate, key } = authority.issue("mail", "IP:127.0.0.1");
  certified = { key: readFileSync(key), cert: readFileSync(certificate) };
});
afterEach(async () => {
  await new Promise<void>((done) => server.close(done));
  mails = [];
});
afterAll(() => authority.remove());

it("sends a mail over TLS, to a server that it has verified, with its login", async () => {
  const port = await listen({});

  await sender().send(smtp(port), notice);

  expect(mails).toMatchObject([{ to: ["dba@example.com"], secure: true, user: "gateway" }]);
  expect(mails[0]?.text).toContain("Subject: [MCP gateway] ci-bot asks to call files/delete");
  expect(mails[0]?.text).toContain("mcpctl approve k7x2m9qd --digest 0123456789abcdef");
  expect(mails[0]?.text).toContain("Message-ID: <msg_1@mcp-gateway>");
});

it("speaks TLS from the first byte where the policy says so", async () => {
  const port = await listen({ secure: true });

  await sender().send({ ...smtp(port), security: "tls" }, notice);

  expect(mails).toHaveLength(1);
});

it("sends nothing, least of all a password, to a server without TLS", async () => {
  const port = await listen({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] });

  await expect(sender().send(smtp(port), notice)).rejects.toMatchObject({ mayPass: false });

  expect(mails).toEqual([]);
});

it("sends nothing to a server that nobody vouches for", async () => {
  const port = await listen({});
  const { ca, ...unverified } = smtp(port);

  await expect(sender().send(unverified, notice)).rejects.toThrow("did not take it");

  expect(mails).toEqual([]);
});

it("tries again what a server refuses for now, not what it refuses for good", async () => {
  const port = await listen({
    onRcptTo: ({ address }, _session, callback) => {
      const responseCode = address.startsWith("busy") ? 451 : 550;
      callback(Object.assign(new Error("secret words of the server"), { responseCode }));
    },
  });

  const busy = sender().send({ ...smtp(port), to: ["busy@example.com"] }, notice);
  await expect(busy).rejects.toMatchObject({ mayPass: true });
  const gone = sender().send({ ...smtp(port), to: ["gone@example.com"] }, notice);
  await expect(gone).rejects.toMatchObject({ mayPass: false });
  await expect(gone).rejects.not.toThrow("secret words");
});

it("gives up on a server that says nothing", async () => {
  const port = await listen({ onConnect: () => {} });

  const sent = sender(200).send({ ...smtp(port) }, notice);

  await expect(sent).rejects.toMatchObject({ mayPass: true });
});

it("does not connect to where the policy does not let it", async () => {
  const port = await listen({});

  const sent = sender().send({ ...smtp(port), network: "public" }, notice);

  await expect(sent).rejects.toThrow("not one that the policy lets the gateway connect to");
});

const notice: Notice = {
  id: "msg_1",
  kind: "requested",
  entry: "dba",
  count: 1,
  approvals: [
    {
      id: "k7x2m9qd",
      agent: "ci-bot",
      route: "/mcp",
      tool: "files/delete",
      operations: [],
      rule: "ask-first",
      reason: "",
      findings: [],
      arguments: "{}",
      isCut: false,
      digest: "0123456789abcdef",
      createdAt: "2026-11-22T00:00:00.000Z",
      expiresAt: "2026-11-22T00:30:00.000Z",
      approverGroups: [],
      quorum: 1,
      approvedBy: [],
      approve: "mcpctl approve k7x2m9qd --digest 0123456789abcdef",
      deny: "mcpctl deny k7x2m9qd --reason ...",
    },
  ],
};

function sender(timeoutMs = 5_000): MailSender {
  const env = { MAIL_USER: "gateway", MAIL_PASSWORD: "correct horse" };
  return new MailSender({ secrets: new SecretReader(env), timeoutMs });
}

function smtp(port: number): CompiledSmtp {
  const secret = (name: string) => ({ prefix: "", secret: { kind: "env" as const, name } });
  return {
    kind: "smtp",
    host: "127.0.0.1",
    port,
    security: "starttls",
    username: secret("MAIL_USER"),
    password: secret("MAIL_PASSWORD"),
    from: "gateway@example.com",
    to: ["dba@example.com"],
    network: "private",
    ca: { kind: "file", path: authority.certificate },
  };
}

async function listen(options: SMTPServerOptions): Promise<number> {
  server = new SMTPServer({
    ...certified,
    closeTimeout: 100,
    onAuth: ({ username, password }, _session, callback) =>
      password === "correct horse"
        ? callback(null, { user: username })
        : callback(new Error("wrong password")),
    onData: (stream, { envelope, secure, user }, callback) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const to = envelope.rcptTo.map(({ address }) => address);
        const text = Buffer.concat(chunks).toString();
        mails.push({ to, secure, user: String(user), text });
        callback();
      });
    },
    ...options,
  });
  server.on("error", () => {});
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.server.address() as AddressInfo).port;
}
