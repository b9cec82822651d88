import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

export const robot = { clientId: "robot", clientSecret: "a-secret-that-only-the-robot-knows" };
/** Somebody's program, which opens a browser to log in. */
export const desktop = { clientId: "desktop", redirectUrl: "http://127.0.0.1/callback" };

/** A real authorization server in this process: whoever opens its login page is logged in as alice. */
export class AuthorizationServer {
  readonly issuer: string;
  readonly #server: ReturnType<typeof createServer>;
  #handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  /** Requests for its keys so far. */
  keyRequests = 0;

  private constructor(server: ReturnType<typeof createServer>, issuer: string) {
    this.#server = server;
    this.issuer = issuer;
  }

  static async start(): Promise<AuthorizationServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const started = new AuthorizationServer(server, `http://127.0.0.1:${port}`);
    server.on("request", (request, response) => {
      if (request.url === "/jwks") started.keyRequests += 1;
      started.#handle(request, response);
    });
    await started.rotateKeys();
    return started;
  }

  /** Signs with a new key from now on, and publishes no other. */
  async rotateKeys(): Promise<void> {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const key = { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: "RS256" };
    const provider = createProvider(this.issuer, key);
    const answer = provider.callback();
    this.#handle = (request, response) => {
      if (!request.url?.startsWith("/login/")) answer(request, response);
      else void logIn(provider, request, response);
    };
  }

  /** A token for the robot itself (RFC 6749 §4.4). */
  async robotToken(resource: string, scope = ""): Promise<string> {
    const { clientId, clientSecret } = robot;
    const response = await fetch(`${this.issuer}/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`,
      },
      body: new URLSearchParams({ grant_type: "client_credentials", resource, scope }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    return token;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Opens a page as a browser would, through every redirect, until it leads out of the server. */
export async function followLogin(start: URL): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let hops = 0; hops < 10 && url.origin === start.origin; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [pair = ""] = set.split(";");
      cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    const location = response.headers.get("location");
    if (!location) throw new Error(`${url} did not redirect: ${response.status}`);
    url = new URL(location, url);
  }
  return url;
}

function createProvider(issuer: string, key: object): Provider {
  const resourceServer = (_context: unknown, audience: string) => ({
    audience,
    scope: "tools:read tools:write",
    accessTokenFormat: "jwt",
    accessTokenTTL: 600,
  });
  const provider: Provider = new Provider(issuer, {
    jwks: { keys: [key] },
    cookies: { keys: ["cookies of a test"] },
    clients: [
      {
        client_id: robot.clientId,
        client_secret: robot.clientSecret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: desktop.clientId,
        application_type: "native",
        token_endpoint_auth_method: "none",
        redirect_uris: [desktop.redirectUrl],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: resourceServer,
        useGrantedResource: () => true,
      },
    },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/login/${uid}` },
    findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
    extraTokenClaims: () => ({ groups: ["data"], tenant: "acme" }),
    loadExistingGrant: async (context: {
      oidc: {
        client: { clientId: string };
        session: { accountId: string };
        params: { resource?: string; scope?: string };
      };
    }) => {
      const { client, session, params } = context.oidc;
      const { accountId } = session;
      const grant = new provider.Grant({ accountId, clientId: client.clientId });
      grant.addOIDCScope("openid");
      if (params.resource) grant.addResourceScope(params.resource, params.scope ?? "");
      await grant.save();
      return grant;
    },
  });
  return provider;
}

async function logIn(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  const consented = { login: { accountId: "alice" }, consent: {} };
  await provider.interactionFinished(request, response, consented);
}
