import type { JSONWebKeySet, JWK } from "jose";
import type { JsonClient } from "../../../core/net/json-client.ts";
import type { CompiledIssuer } from "../../../core/policy/compiled-identity.ts";
import { isObject } from "../../mcp/json-rpc.ts";

const maxKeys = 100;
/** What describes a public key (RFC 7518 §6, RFC 8037 §2). Shared and private parts are never taken over. */
const publicFields = ["kty", "kid", "use", "key_ops", "alg", "n", "e", "crv", "x", "y"];

/** Reads an issuer's public keys. Rejects with what is wrong with its answer. */
export async function fetchKeys(
  { issuer, jwksUri }: CompiledIssuer,
  client: Pick<JsonClient, "ask">,
): Promise<JSONWebKeySet> {
  const url = jwksUri ?? (await discover(issuer, client));
  const { status, body } = await client.ask(url, { method: "GET" });
  const keys = isObject(body) ? body["keys"] : undefined;
  if (status !== 200 || !Array.isArray(keys)) {
    throw new Error(`${url} answered ${status} without a key set`);
  }
  if (keys.length > maxKeys) throw new Error(`${url} has more than ${maxKeys} keys`);
  return { keys: keys.filter(isPublicKey).map(publicPart) };
}

/** The places of the metadata, in the order in which MCP clients look (MCP, authorization server discovery). */
async function discover(issuer: string, client: Pick<JsonClient, "ask">): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
  for (const place of new Set(places)) {
    const { status, body } = await client.ask(place, { method: "GET" });
    if (status !== 200 || !isObject(body)) continue;
    // A document of another issuer would lend its keys to this one (RFC 8414 §3.3).
    if (body["issuer"] !== issuer) throw new Error(`${place} is the metadata of another issuer`);
    const uri = body["jwks_uri"];
    if (typeof uri === "string" && isSafe(uri, issuer)) return uri;
    throw new Error(`${place} names no jwks_uri that can be trusted`);
  }
  throw new Error(`${issuer} has no metadata: name its jwksUri in the policy`);
}

/** Keys come over TLS, unless the issuer itself is on this machine. */
function isSafe(uri: string, issuer: string): boolean {
  if (!URL.canParse(uri)) return false;
  return new URL(uri).protocol === "https:" || new URL(uri).host === new URL(issuer).host;
}

function isPublicKey(key: unknown): key is Record<string, unknown> {
  return isObject(key) && (key["kty"] === "RSA" || key["kty"] === "EC" || key["kty"] === "OKP");
}

function publicPart(key: Record<string, unknown>): JWK {
  return Object.fromEntries(
    publicFields.filter((field) => field in key).map((field) => [field, key[field]]),
  ) as unknown as JWK;
}
