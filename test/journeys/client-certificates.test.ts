import { X509Certificate } from "node:crypto";
import { copyFileSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Access, Action, MtlsAgent } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { type CertifiedKey, TestAuthority } from "../support/tls.ts";

const echo = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { text: "hello" } },
};
const spiffeId = "spiffe://bank.example/agents/analyst-1";

const authority = new TestAuthority();
const stranger = new TestAuthority();
const clientCa = join(authority.folder, "clients.pem");
let upstream: TestUpstream;
let gateway: TestGateway;
let key: string;
let analyst: CertifiedKey;

beforeAll(async () => {
  copyFileSync(authority.certificate, clientCa);
  analyst = authority.issue("analyst", `URI:${spiffeId}`);
  const listener = authority.issue("listener", "DNS:localhost,IP:127.0.0.1");
  upstream = await startUpstream();
  gateway = await TestGateway.start({}, { proxies: 0 });
  await gateway.addProxy({
    MCPGW_MTLS_PORT: "0",
    MCPGW_MTLS_CERT_FILE: listener.certificate,
    MCPGW_MTLS_KEY_FILE: listener.key,
    MCPGW_MTLS_CLIENT_CA_FILE: clientCa,
    MCPGW_CLIENT_CERT_HEADER: "client-cert",
    MCPGW_CLIENT_CERT_FROM: "127.0.0.1",
  });
  await gateway.addProxy({
    MCPGW_CLIENT_CERT_HEADER: "x-forwarded-client-cert",
    MCPGW_CLIENT_CERT_FROM: "127.0.0.0/8",
  });
  await gateway.addProxy({
    MCPGW_CLIENT_CERT_HEADER: "client-cert",
    MCPGW_CLIENT_CERT_FROM: "10.0.0.0/8",
  });
  await gateway.addProxy();
  await gateway.push({
    upstreams: [{ name: "up", url: upstream.url }],
    routes: [
      { path: "/mcp", upstreams: ["up"] },
      { path: "/open", upstreams: ["up"], anonymous: Access.ALLOW },
    ],
    identity: { mtls: { agent: MtlsAgent.URI_SAN, groups: '["certified"]' } },
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
  });
  key = await gateway.createAgent("somebody");
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
  authority.remove();
  stranger.remove();
});

describe("an agent at the listener for certificates", () => {
  it("is who its certificate says, in the record too", async () => {
    expect(await viaTls(analyst)).toMatchObject({ status: 200 });

    const [outcome] = await gateway.outcomes(1);
    expect(outcome).toMatchObject({
      agent: spiffeId,
      groups: ["certified"],
      login: { method: "mtls", certificate: expect.stringMatching(/^[\w-]{43}$/) },
    });
  });

  it.each([
    ["of another authority", () => stranger.issue("analyst", `URI:${spiffeId}`)],
    ["none", () => undefined],
  ])("with a certificate %s does not get a connection", async (_name, issue) => {
    await expect(viaTls(issue())).rejects.toThrow();
  });

  it.each([
    ["two SPIFFE ids", "URI:spiffe://bank.example/a,URI:spiffe://bank.example/b"],
    ["a URI that is no SPIFFE id", "URI:https://bank.example/a"],
    ["a DNS name only", "DNS:analyst.bank.example"],
  ])("whose certificate has %s is nobody", async (_name, names) => {
    expect(await viaTls(authority.issue(`odd-${_name.length}`, names))).toMatchObject({
      status: 401,
    });
  });

  it("that shows the key of another agent as well is refused", async () => {
    const refused = await viaTls(analyst, { authorization: `Bearer ${key}` });

    expect(refused).toMatchObject({
      status: 400,
      text: expect.stringContaining("different agents"),
    });
  });

  it("is asked for certificates of new authorities as soon as the file has them", async () => {
    const newcomer = stranger.issue("newcomer", "URI:spiffe://bank.example/agents/new");
    copyFileSync(stranger.certificate, clientCa);
    await vi.waitFor(async () => expect(await viaTls(newcomer)).toMatchObject({ status: 200 }), {
      timeout: 10_000,
      interval: 100,
    });
    await expect(viaTls(analyst)).rejects.toThrow();
    copyFileSync(authority.certificate, clientCa);
    await vi.waitFor(async () => expect(await viaTls(analyst)).toMatchObject({ status: 200 }), {
      timeout: 10_000,
      interval: 100,
    });
  });
});

describe("an agent behind a balancer", () => {
  it("is who the balancer says (RFC 9440)", async () => {
    expect((await post(gateway.url(0), echo, { "client-cert": der(analyst) })).status).toBe(200);
  });

  it("is who the balancer says (Envoy)", async () => {
    const header = `By=spiffe://x/y;Hash=${"0".repeat(64)};Subject="CN=a, O=\\"b\\"";URI=${spiffeId}`;
    const served = await post(gateway.url(1), echo, { "x-forwarded-client-cert": header });

    expect(served.status).toBe(200);
  });

  it.each([
    ["two certificates", `URI=${spiffeId},URI=spiffe://bank.example/agents/admin`],
    ["two ids", `URI=${spiffeId};URI=spiffe://bank.example/agents/admin`],
    ["nonsense", "%%%"],
  ])("is nobody when the header holds %s", async (_name, header) => {
    const refused = await post(gateway.url(1), echo, { "x-forwarded-client-cert": header });

    expect([400, 401]).toContain(refused.status);
  });

  it("is refused when the header comes from somewhere else", async () => {
    const refused = await post(gateway.url(2), echo, { "client-cert": der(analyst) });

    expect(refused).toMatchObject({ status: 400, text: expect.stringContaining("balancers") });
  });

  it("is nobody where no balancer was named, and the header goes nowhere", async () => {
    const before = upstream.received.length;
    const header = { "client-cert": der(analyst) };
    expect((await post(gateway.url(3), echo, header)).status).toBe(401);
    expect((await post(gateway.url(3, "/open"), echo, header)).status).toBe(200);
    expect(JSON.stringify(upstream.received.slice(before))).not.toContain("client-cert");
  });
});

function der({ certificate }: CertifiedKey): string {
  return `:${new X509Certificate(readFileSync(certificate)).raw.toString("base64")}:`;
}

function viaTls(
  shown: CertifiedKey | undefined,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; text: string }> {
  const body = JSON.stringify(echo);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port: gateway.proxies[0]?.mtlsPort,
        path: "/mcp",
        method: "POST",
        ca: readFileSync(authority.certificate),
        ...(shown && { cert: readFileSync(shown.certificate), key: readFileSync(shown.key) }),
        agent: false,
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...headers,
        },
      },
      async (response) => {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        resolve({ status: response.statusCode, text });
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}
