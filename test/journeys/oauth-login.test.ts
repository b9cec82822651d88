import {
  Client,
  ClientCredentialsProvider,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import {
  AuthorizationServer,
  desktop,
  followLogin,
  robot,
} from "../support/authorization-server.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

const call = (name: string, args: object = {}) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, arguments: args },
});

let upstream: TestUpstream;
let server: AuthorizationServer;
let gateway: TestGateway;
let audience: string;

beforeAll(async () => {
  upstream = await startUpstream();
  server = await AuthorizationServer.start();
  gateway = await TestGateway.start({});
  audience = gateway.url().href;
  await gateway.push(policy());
});
afterAll(async () => {
  await gateway?.stop();
  await server?.stop();
  await upstream?.stop();
});

function policy(): PolicyInit {
  return {
    upstreams: [{ name: "up", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["up"], scopes: ["tools:read"] }],
    identity: {
      jwt: [
        {
          issuer: server.issuer,
          audience,
          groups: "claims.groups",
          tenant: "claims.tenant",
        },
      ],
      scopes: [{ match: { tools: ["up/write"] }, scopes: ["tools:write"] }],
    },
    rules: [
      {
        name: "people-and-robots",
        match: { agents: ["alice", "robot"], groups: ["data"], tenants: ["acme"] },
        action: Action.ALLOW,
      },
    ],
  };
}

it("is found by the official client, which sends a person to the login page and comes back with a token", async () => {
  const browser = new Browser();
  const transport = new StreamableHTTPClientTransport(gateway.url(), { authProvider: browser });
  await expect(new Client(desktopInfo).connect(transport)).rejects.toThrow(UnauthorizedError);
  const landed = await followLogin(browser.opened as URL);
  await transport.finishAuth(landed.searchParams);

  const client = new Client(desktopInfo);
  const again = new StreamableHTTPClientTransport(gateway.url(), { authProvider: browser });
  await client.connect(again);
  const result = await client.callTool({ name: "echo", arguments: { text: "hello" } });
  await client.close();

  expect(result.content).toEqual([{ type: "text", text: "echo: hello" }]);
  const [outcome] = await gateway.outcomes(1);
  expect(outcome).toMatchObject({
    agent: "alice",
    groups: ["data"],
    tenant: "acme",
    login: { method: "jwt", issuer: server.issuer },
  });
});

it("is found by the official client of a robot, without anybody's help", async () => {
  const authProvider = new ClientCredentialsProvider({ ...robot, scope: "tools:read" });
  const client = new Client(desktopInfo);
  await client.connect(new StreamableHTTPClientTransport(gateway.url(), { authProvider }));

  const { tools } = await client.listTools();
  await client.close();

  expect(tools.map(({ name }) => name)).toContain("echo");
});

it("asks for every scope that a call needs, and serves it once the token has them", async () => {
  const poor = await server.robotToken(audience, "tools:read");
  const refused = await post(
    gateway.url(),
    call("write", { path: "a", content: "b" }),
    bearer(poor),
  );

  expect(refused.status).toBe(403);
  expect(refused.headers.get("www-authenticate")).toBe(
    'Bearer error="insufficient_scope", ' +
      'error_description="the token lacks scopes that this call needs: tools:read tools:write", ' +
      'scope="tools:read tools:write", ' +
      `resource_metadata="${new URL("/.well-known/oauth-protected-resource/mcp", gateway.url())}"`,
  );
  expect(upstream.runs.get("write")).toBeUndefined();

  const rich = await server.robotToken(audience, "tools:read tools:write");
  const served = await post(
    gateway.url(),
    call("write", { path: "a", content: "b" }),
    bearer(rich),
  );
  expect(served).toMatchObject({
    status: 200,
    body: { result: { content: [{ text: "wrote a" }] } },
  });
});

it("names the scopes of the route to a token that has none of them", async () => {
  const token = await server.robotToken(audience);
  const refused = await post(gateway.url(), call("echo", { text: "x" }), bearer(token));

  expect(refused.status).toBe(403);
  expect(refused.headers.get("www-authenticate")).toContain('scope="tools:read"');
});

it("refuses a token that was issued for another resource", async () => {
  const token = await server.robotToken("https://elsewhere.example/mcp", "tools:read");
  const refused = await post(gateway.url(), call("echo", { text: "x" }), bearer(token));

  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toContain('error="invalid_token"');
  expect(refused.text).toContain("another audience");
});

it("tells where to log in without a token, to whoever asks for the metadata", async () => {
  const unknown = await post(gateway.url(), call("echo"));
  const [, metadataUrl = ""] =
    unknown.headers.get("www-authenticate")?.match(/resource_metadata="([^"]+)"/) ?? [];
  const metadata = await (await fetch(metadataUrl)).json();

  expect(unknown.status).toBe(401);
  expect(metadata).toEqual({
    resource: gateway.url().href,
    authorization_servers: [server.issuer],
    bearer_methods_supported: ["header"],
    scopes_supported: ["tools:read", "tools:write"],
  });
});

it("serves tokens of a new key at once, and asks for keys seldom however many unknown ones come", async () => {
  await server.rotateKeys();
  const before = server.keyRequests;
  const token = await server.robotToken(audience, "tools:read");
  const served = await post(gateway.url(), call("echo", { text: "x" }), bearer(token));
  expect(served.status).toBe(200);
  expect(server.keyRequests).toBe(before + 1);

  const [, payload, signature] = token.split(".");
  for (let kid = 0; kid < 50; kid += 1) {
    const head = Buffer.from(JSON.stringify({ alg: "RS256", kid: `kid-${kid}` }));
    const forged = `${head.toString("base64url")}.${payload}.${signature}`;
    expect((await post(gateway.url(), call("echo"), bearer(forged))).status).toBe(401);
  }
  expect(server.keyRequests).toBeLessThanOrEqual(before + 5);
});

const desktopInfo = { name: "desktop", version: "1.0.0" };

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** Remembers what the client wants opened, and what it got. */
class Browser implements OAuthClientProvider {
  opened: URL | undefined;
  readonly redirectUrl = desktop.redirectUrl;
  readonly clientMetadata = {
    redirect_uris: [desktop.redirectUrl],
    token_endpoint_auth_method: "none",
    scope: "tools:read",
  };
  #verifier = "";
  #tokens: Awaited<ReturnType<OAuthClientProvider["tokens"]>>;

  clientInformation() {
    return { client_id: desktop.clientId };
  }
  tokens() {
    return this.#tokens;
  }
  saveTokens(tokens: NonNullable<Awaited<ReturnType<OAuthClientProvider["tokens"]>>>) {
    this.#tokens = tokens;
  }
  redirectToAuthorization(url: URL) {
    this.opened = url;
  }
  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier;
  }
  codeVerifier() {
    return this.#verifier;
  }
}
