import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Access, Action, MtlsAgent } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream, startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { type CertifiedKey, TestAuthority } from "../support/tls.ts";

const authority = new TestAuthority();
const { privateKey, publicKey } = await generateKeyPair("ES256");
const echo = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { text: "hello" } },
};
const name = "analyst.bank.example";
let upstream: TestUpstream;
let issuer: TestUpstream;
let gateway: TestGateway;
let analyst: CertifiedKey;

beforeAll(async () => {
  analyst = authority.issue("analyst", "DNS:Analyst.Bank.Example");
  const listener = authority.issue("listener", "DNS:localhost,IP:127.0.0.1");
  upstream = await startUpstream();
  issuer = await startRawUpstream(async (_request, response) => {
    const keys = [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256" }];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys }));
  });
  gateway = await TestGateway.start({}, { proxies: 0 });
  await gateway.addProxy({
    MCPGW_MTLS_PORT: "0",
    MCPGW_MTLS_CERT_FILE: listener.certificate,
    MCPGW_MTLS_KEY_FILE: listener.key,
    MCPGW_MTLS_CLIENT_CA_FILE: authority.certificate,
  });
  const jwt = {
    issuer: issuer.url,
    audience: "gateway",
    jwksUri: issuer.url,
    sharedIds: Access.ALLOW,
  };
  await gateway.push({
    upstreams: [{ name: "up", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["up"] }],
    identity: { jwt: [jwt], mtls: { agent: MtlsAgent.DNS_SAN, sharedIds: Access.ALLOW } },
    rules: [{ name: "analyst", match: { agents: [name] }, action: Action.ALLOW }],
  });
});
afterAll(async () => {
  await gateway?.stop();
  await issuer?.stop();
  await upstream?.stop();
  authority.remove();
});

it("a certificate's one DNS name is the agent, in lower case", async () => {
  expect(await viaTls(analyst)).toContain("echo: hello");
  const [outcome] = await gateway.outcomes(1);
  expect(outcome).toMatchObject({ agent: name, login: { method: "mtls" } });
});

it.each([
  ["two DNS names", "DNS:analyst.bank.example,DNS:other.bank.example"],
  ["a wildcard", "DNS:*.bank.example"],
  ["a URI only", "URI:spiffe://bank.example/analyst"],
])("a certificate with %s is nobody", async (title, names) => {
  const odd = authority.issue(`odd-${title.replaceAll(" ", "-")}`, names);
  expect(await viaTls(odd)).toMatch(/^401 /);
});

it("a certificate may come with a token of its agent, and with no other", async () => {
  expect(await viaTls(analyst, await token())).toContain("echo: hello");
  expect(await viaTls(analyst, await token({ sub: "other.bank.example" }))).toMatch(
    /^400 .*different agents/,
  );
});

it("a token that is bound to a certificate is good with that one alone (RFC 8705)", async () => {
  const bound = await token({ cnf: { "x5t#S256": thumbprintOf(analyst) } });
  const same = authority.issue("same-name", `DNS:${name}`);

  expect(await viaTls(analyst, bound)).toContain("echo: hello");
  expect(await viaTls(same, bound)).toMatch(/^401 .*bound to a certificate/);
  const without = await post(gateway.url(), echo, { authorization: `Bearer ${bound}` });
  expect(without.status).toBe(401);
});

function token(claims: JWTPayload = {}): Promise<string> {
  return new SignJWT({ iss: issuer.url, aud: "gateway", sub: name, ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "one" })
    .setExpirationTime("5m")
    .sign(privateKey);
}

function thumbprintOf({ certificate }: CertifiedKey): string {
  const { fingerprint256 } = new X509Certificate(readFileSync(certificate));
  return Buffer.from(fingerprint256.replaceAll(":", ""), "hex").toString("base64url");
}

/** Status and body. */
function viaTls(shown: CertifiedKey, bearer?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "localhost",
        port: gateway.proxies[0]?.mtlsPort,
        path: "/mcp",
        method: "POST",
        ca: readFileSync(authority.certificate),
        cert: readFileSync(shown.certificate),
        key: readFileSync(shown.key),
        agent: false,
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        },
      },
      async (response) => {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        resolve(`${response.statusCode} ${text}`);
      },
    );
    sent.once("error", reject);
    sent.end(JSON.stringify(echo));
  });
}
