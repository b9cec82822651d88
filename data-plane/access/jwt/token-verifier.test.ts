import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { CompactSign, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compilePolicy } from "../../../core/policy/compile.ts";
import type { CompiledIdentity } from "../../../core/policy/compiled-identity.ts";
import { SecretReader } from "../../../core/secrets/secret-reader.ts";
import { createLog } from "../../../core/service/log.ts";
import { PolicySchema } from "../../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { KeyRooms } from "./key-rooms.ts";
import { TokenVerifier } from "./token-verifier.ts";

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

const log = createLog("test", "silent");
let keys: Keys;
let issuer: Issuer;
let rooms: KeyRooms;
let verifier: TokenVerifier;
let now: number;

beforeEach(async () => {
  now = Date.now();
  keys = await generateKeyPair("ES256", { extractable: true });
  issuer = await Issuer.start([{ ...(await exportJWK(keys.publicKey)), kid: "one" }]);
  rooms = new KeyRooms({ secrets: new SecretReader({}), log });
  verifier = new TokenVerifier(rooms, () => now);
});
afterEach(async () => {
  await rooms.close();
  await issuer.stop();
});

describe("a token", () => {
  it("stands for the agent, groups and tenant that its claims give", async () => {
    const identity = identityOf({
      agent: 'claims.azp + "@" + claims.env',
      groups: "claims.realm.roles",
      tenant: "claims.org",
    });
    const token = await sign({
      azp: "bot",
      env: "prod",
      realm: { roles: ["a", "b"] },
      org: "acme",
    });

    expect(await verify(token, identity)).toMatchObject({
      kind: "verified",
      principal: {
        agent: "bot@prod",
        groups: ["a", "b"],
        tenant: "acme",
        login: { method: "jwt", issuer: issuer.url, scopes: ["read", "write"] },
      },
    });
  });

  it("without the claims of groups and tenant has none of them", async () => {
    const identity = identityOf({ groups: "claims.groups", tenant: "claims.org" });

    const verification = await verify(await sign({}), identity);

    expect(verification).toMatchObject({ principal: { agent: "alice", groups: [] } });
    expect(verification).not.toHaveProperty("principal.tenant");
  });

  it.each([
    { claims: { sub: undefined }, expected: "does not say who" },
    { claims: { sub: "anonymous" }, expected: "cannot give" },
    { claims: { sub: "two words" }, expected: "cannot give" },
    { claims: { sub: "\u0430lice" }, expected: "cannot give" },
    { claims: { sub: ["alice"] }, expected: "does not say who" },
    { claims: { groups: "admins" }, expected: "does not say who" },
    { claims: { groups: [1] }, expected: "does not say who" },
    { claims: { aud: "https://other.example" }, expected: "another audience" },
    { claims: { aud: undefined }, expected: "another audience" },
    { claims: { exp: undefined }, expected: "missing or wrong" },
    { claims: { exp: Math.floor(Date.now() / 1_000) - 31 }, expected: "expired" },
    { claims: { nbf: Math.floor(Date.now() / 1_000) + 60 }, expected: "not valid yet" },
    { claims: { iss: "https://evil.example" }, expected: "not of an issuer" },
    { claims: { cnf: { jkt: "x" } }, expected: "bound to a key" },
    { claims: { scope: 7 }, expected: "scopes are malformed" },
  ])("with the claims $claims is refused: $expected", async ({ claims, expected }) => {
    const verification = await verify(await sign(claims), identityOf({ groups: "claims.groups" }));

    expect(verification).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining(expected),
    });
  });

  it("is good for the clock skew longer than it says, and not longer", async () => {
    const token = await sign({ exp: Math.floor(now / 1_000) + 60 });
    const identity = identityOf({});
    expect(await verify(token, identity)).toMatchObject({ kind: "verified" });
    now += 89_000;
    expect(await verify(token, identity)).toMatchObject({ kind: "verified" });
    now += 2_000;
    expect(await verify(token, identity)).toMatchObject({ kind: "refused" });
  });

  it.each([
    ["none", (payload: string) => `${encode({ alg: "none" })}.${payload}.`],
    ["none with a signature", (payload: string) => `${encode({ alg: "none" })}.${payload}.AAAA`],
    ["NONE", (payload: string) => `${encode({ alg: "NONE" })}.${payload}.`],
  ])("signed with %s is refused", async (_name, forge) => {
    const [, payload = ""] = (await sign({})).split(".");

    expect(await verify(forge(payload), identityOf({}))).toMatchObject({ kind: "refused" });
  });

  it("signed with the public key as if it were a shared secret is refused", async () => {
    const pem = Buffer.from(await exportSPKI(keys.publicKey));
    for (const secret of [pem, Buffer.from(JSON.stringify(issuer.keys[0]))]) {
      const token = await new SignJWT(claimsWith({}))
        .setProtectedHeader({ alg: "HS256", kid: "one" })
        .sign(secret);
      expect(await verify(token, identityOf({}))).toMatchObject({ kind: "refused" });
    }
  });

  it("signed with a shared secret that the issuer published by mistake is refused", async () => {
    issuer.keys = [{ kty: "oct", k: Buffer.from("s".repeat(32)).toString("base64url"), kid: "s" }];
    const token = await new SignJWT(claimsWith({}))
      .setProtectedHeader({ alg: "HS256", kid: "s" })
      .sign(Buffer.from("s".repeat(32)));

    expect(await verify(token, identityOf({}))).toMatchObject({ kind: "refused" });
  });

  it("that brings its own key is refused", async () => {
    const own = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(own.publicKey);
    const token = await new SignJWT(claimsWith({}))
      .setProtectedHeader({ alg: "ES256", jwk, kid: "one" })
      .sign(own.privateKey);

    expect(await verify(token, identityOf({}))).toMatchObject({ kind: "refused" });
  });

  it.each(["logout+jwt", "dpop+jwt", "id_token+jwt"])("of type %s is refused", async (typ) => {
    const token = await sign({}, { typ });

    expect(await verify(token, identityOf({}))).toMatchObject({ kind: "refused" });
  });

  it("with a critical header that nobody knows is refused", async () => {
    const token = await new CompactSign(Buffer.from(JSON.stringify(claimsWith({}))))
      .setProtectedHeader({ alg: "ES256", kid: "one", crit: ["exp2"], exp2: 1 })
      .sign(keys.privateKey, { crit: { exp2: true } });

    expect(await verify(token, identityOf({}))).toMatchObject({ kind: "refused" });
  });

  it("that is very long is refused unread", async () => {
    const token = await sign({ filler: "x".repeat(13_000) });

    expect(await verify(token, identityOf({}))).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("longer than"),
    });
  });

  it("of an issuer that cannot be reached is neither good nor bad", async () => {
    await issuer.stop();

    expect(await verify(await sign({}), identityOf({}))).toMatchObject({ kind: "unavailable" });
  });

  it("is served with the keys that are known while the issuer is away", async () => {
    const identity = identityOf({});
    expect(await verify(await sign({}), identity)).toMatchObject({ kind: "verified" });
    await issuer.stop();

    expect(await verify(await sign({ jti: "another" }), identity)).toMatchObject({
      kind: "verified",
    });
  });

  it("is verified with the keys that the issuer's metadata names", async () => {
    const identity = identityOf({ jwksUri: "" });

    expect(await verify(await sign({}), identity)).toMatchObject({ kind: "verified" });
    expect(issuer.asked).toContain("/.well-known/oauth-authorization-server");
  });

  it("is not verified with keys that the metadata of another issuer names", async () => {
    issuer.says = "https://other.example";

    expect(await verify(await sign({}), identityOf({ jwksUri: "" }))).toMatchObject({
      kind: "unavailable",
    });
  });

  it("cannot name an agent of an issuer with a longer prefix", async () => {
    const other = { issuer: "https://partner.example", audience: "x", prefix: "partner:" };
    const identity = identityOf({ agent: "claims.sub" }, [other]);

    expect(await verify(await sign({ sub: "partner:bob" }), identity)).toMatchObject({
      kind: "refused",
    });
    expect(await verify(await sign({ sub: "bob" }), identity)).toMatchObject({ kind: "verified" });
  });
});

it("keeps two issuers of one prefix apart, unless both share their agents", () => {
  const two = (shared: number) => ({
    upstreams: [{ name: "up", url: "http://127.0.0.1:1/mcp" }],
    routes: [{ path: "/mcp", upstreams: ["up"] }],
    identity: {
      jwt: ["https://a.example", "https://b.example"].map((url) => ({
        issuer: url,
        audience: "x",
        sharedIds: shared,
      })),
    },
  });

  expect(problemsOf(two(0))).toEqual([
    expect.stringMatching(/^identity.jwt\[1\].prefix: is the same/),
  ]);
  expect(problemsOf(two(1))).toEqual([]);
});

function compile(policy: object) {
  const head = { apiVersion: "mcpgateway/v1", kind: "Policy", metadata: { name: "test" } };
  return compilePolicy(create(PolicySchema, { ...head, ...policy }));
}

function problemsOf(policy: object): string[] {
  const compiled = compile(policy);
  return compiled.ok ? [] : compiled.problems.map(({ path, message }) => `${path}: ${message}`);
}

function identityOf(own: object, others: object[] = []): CompiledIdentity {
  const jwksUri = `${issuer.url}/keys`;
  const entry = { issuer: issuer.url, audience: "https://mcp.example", jwksUri, ...own };
  const compiled = compile({
    upstreams: [{ name: "up", url: "http://127.0.0.1:1/mcp" }],
    routes: [{ path: "/mcp", upstreams: ["up"] }],
    identity: { jwt: [entry, ...others] },
  });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.policy.identity;
}

function verify(token: string, identity: CompiledIdentity) {
  return verifier.verify(token, identity, undefined);
}

function claimsWith(claims: object): Record<string, unknown> {
  return {
    iss: issuer.url,
    aud: ["https://mcp.example", "https://another.example"],
    sub: "alice",
    exp: Math.floor(now / 1_000) + 300,
    scope: "read write",
    ...claims,
  };
}

function sign(claims: object, header: object = {}): Promise<string> {
  return new SignJWT(claimsWith(claims))
    .setProtectedHeader({ alg: "ES256", kid: "one", ...header })
    .sign(keys.privateKey);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Publishes keys and metadata, nothing else. */
class Issuer {
  readonly url: string;
  readonly asked: string[] = [];
  keys: JWK[];
  says: string;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>, keys: JWK[]) {
    this.#server = server;
    this.keys = keys;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.says = this.url;
    server.on("request", (request, response) => {
      this.asked.push(request.url ?? "");
      const isKeys = request.url === "/keys";
      const metadata = { issuer: this.says, jwks_uri: `${this.url}/keys` };
      response.end(JSON.stringify(isKeys ? { keys: this.keys } : metadata));
    });
  }

  static async start(keys: JWK[]): Promise<Issuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Issuer(server, keys);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
