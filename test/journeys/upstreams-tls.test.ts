import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { startTlsServer, TestAuthority, type TlsServer } from "../support/tls.ts";

const authority = new TestAuthority();
const stranger = new TestAuthority();
const rotating = join(authority.folder, "rotating.pem");
let gateway: TestGateway;
let plain: TlsServer;
let named: TlsServer;
let mutual: TlsServer;
let authorization: string;

const file = (path: string) => ({ source: { case: "fromFile" as const, value: path } });

beforeAll(async () => {
  const client = authority.issue("gateway", "DNS:gateway");
  const forAddress = authority.issue("server", "IP:127.0.0.1");
  plain = await startTlsServer(forAddress);
  named = await startTlsServer(authority.issue("named", "DNS:mcp.internal"));
  mutual = await startTlsServer(forAddress, {
    ca: readFileSync(authority.certificate),
    requestCert: true,
    rejectUnauthorized: true,
  });
  copyFileSync(stranger.certificate, rotating);
  const ca = file(authority.certificate);
  const clientCertificate = file(client.certificate);
  const clientKey = file(client.key);
  const url = ({ port }: TlsServer) => `https://127.0.0.1:${port}/mcp`;
  const upstreams = [
    { name: "trusted", url: url(plain), tls: { ca } },
    { name: "unknown", url: url(plain) },
    { name: "misnamed", url: url(named), tls: { ca } },
    { name: "named", url: url(named), tls: { ca, serverName: "mcp.internal" } },
    { name: "mutual", url: url(mutual), tls: { ca, clientCertificate, clientKey } },
    { name: "nameless", url: url(mutual), tls: { ca } },
    { name: "rotating", url: url(plain), tls: { ca: file(rotating) } },
    { name: "missing", url: url(plain), tls: { ca: file("/nowhere/ca.pem") } },
  ];
  gateway = await TestGateway.start({
    upstreams,
    routes: upstreams.map(({ name }) => ({ path: `/${name}`, upstreams: [name] })),
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
  });
  authorization = `Bearer ${await gateway.createAgent("agent-1")}`;
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([plain, named, mutual].map((server) => server?.stop()));
  authority.remove();
  stranger.remove();
});

const list = (upstream: string) =>
  post(
    gateway.url(0, `/${upstream}`),
    { jsonrpc: "2.0", id: 1, method: "tools/list" },
    { authorization },
  );

const answered = { status: 200, body: { result: { tools: [] } } };
const failed = (words: string) => ({
  body: { error: { code: 5020, message: expect.stringContaining(words) } },
});

describe("an upstream behind TLS", () => {
  it("is served when the policy's own authority vouches for it", async () => {
    expect(await list("trusted")).toMatchObject(answered);
  });

  it("is refused when nobody that is trusted vouches for it", async () => {
    const before = plain.clients.length;
    expect(await list("unknown")).toMatchObject(failed("a certificate that the gateway does not"));
    expect(plain.clients).toHaveLength(before);
  });

  it("is refused when it has another name than the one asked for", async () => {
    expect(await list("misnamed")).toMatchObject(failed("a certificate that the gateway does not"));
  });

  it("is verified by the name that the policy gives it", async () => {
    expect(await list("named")).toMatchObject(answered);
  });

  it("sees the certificate of the gateway", async () => {
    expect(await list("mutual")).toMatchObject(answered);
    expect(mutual.clients).toEqual(["gateway"]);
  });

  it("refuses the gateway without one", async () => {
    const before = mutual.clients.length;
    expect(await list("nameless")).toMatchObject(failed("upstream nameless"));
    expect(mutual.clients).toHaveLength(before);
  });

  it("is verified by the file as it is now: certificates rotate under a running proxy", async () => {
    expect(await list("rotating")).toMatchObject(failed("a certificate that the gateway does not"));
    copyFileSync(authority.certificate, rotating);
    expect(await list("rotating")).toMatchObject(answered);
  });

  it("is not called when the file is missing, and only the log says which", async () => {
    const answer = await list("missing");
    expect(answer).toMatchObject(failed("lacks its credentials"));
    expect(answer.text).not.toContain("nowhere");
  });
});
