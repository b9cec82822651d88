import { Access, type JwtIssuer, type Policy } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CompiledIdentity, CompiledIssuer, ScopeDemand } from "./compiled-identity.ts";
import { durationMs } from "./fields.ts";
import type { MatchCompiler } from "./match-compiler.ts";
import { compileNetwork, compilePem } from "./outward.ts";
import type { Problems } from "./problems.ts";
import { compileCallerReader } from "./read-caller.ts";

const second = 1_000;
/** RFC 6749 §3.3. */
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const prefixPattern = /^[\x21-\x7e]{0,64}$/;

export function compileIdentity(
  policy: Policy,
  compileMatches: MatchCompiler,
  problems: Problems,
): CompiledIdentity {
  const { identity } = policy;
  const publicUrl = publicUrlOf(identity?.publicUrl ?? "", problems.at("publicUrl"));
  return {
    acceptsApiKeys: identity?.apiKeys ?? true,
    issuers: compileIssuers(identity?.jwt ?? [], problems.at("jwt")),
    ...(publicUrl !== undefined && { publicUrl }),
    scopes: (identity?.scopes ?? []).map(({ match, scopes }, index): ScopeDemand => {
      const here = problems.at("scopes").at(index);
      if (scopes.length === 0) here.at("scopes").add("names no scope");
      return {
        matcher: compileMatches(match, here.at("match")),
        scopes: checkedScopes(scopes, here.at("scopes")),
      };
    }),
  };
}

/** The scopes, once what is wrong with them is reported. */
export function checkedScopes(scopes: readonly string[], problems: Problems): readonly string[] {
  scopes.forEach((scope, index) => {
    if (scopePattern.test(scope)) return;
    problems
      .at(index)
      .add(`is no OAuth scope: ${JSON.stringify(scope)} (one word, without quotes)`);
  });
  return scopes;
}

function compileIssuers(
  issuers: readonly JwtIssuer[],
  problems: Problems,
): ReadonlyMap<string, CompiledIssuer> {
  const compiled = new Map<string, CompiledIssuer>();
  issuers.forEach((issuer, index) => {
    const here = problems.at(index);
    if (compiled.has(issuer.issuer)) here.at("issuer").add(`${issuer.issuer} is named twice`);
    checkPrefix(issuer, issuers.slice(0, index), here.at("prefix"));
    compiled.set(issuer.issuer, compileIssuer(issuer, issuers, here));
  });
  return compiled;
}

/** An issuer may not speak for the agents of another. */
function checkPrefix(
  { prefix, sharedIds }: JwtIssuer,
  before: readonly JwtIssuer[],
  problems: Problems,
): void {
  if (!prefixPattern.test(prefix)) {
    problems.add("must have at most 64 visible ASCII characters");
  }
  const same = before.find((other) => other.prefix === prefix);
  if (!same || (sharedIds === Access.ALLOW && same.sharedIds === Access.ALLOW)) return;
  problems.add(
    `is the same as that of ${same.issuer}, so each could name the other's agents: ` +
      "give one another prefix, or say sharedIds: allow at both",
  );
}

function compileIssuer(
  entry: JwtIssuer,
  all: readonly JwtIssuer[],
  problems: Problems,
): CompiledIssuer {
  const { issuer, audience, jwksUri, prefix } = entry;
  checkServerUrl(issuer, problems.at("issuer"));
  if (jwksUri !== "") checkServerUrl(jwksUri, problems.at("jwksUri"));
  if (audience === "") {
    problems.at("audience").add("is missing: tokens for somebody else would be accepted");
  }
  // Ids of a longer prefix belong to whoever has that.
  const foreign = all
    .map((other) => other.prefix)
    .filter((other) => other.length > prefix.length && other.startsWith(prefix));
  return {
    issuer,
    audience,
    ...(jwksUri !== "" && { jwksUri }),
    clockSkewMs: durationMs(
      entry.clockSkew,
      { fallbackMs: 30 * second, minMs: 0, maxMs: 300 * second },
      problems.at("clockSkew"),
    ),
    network: compileNetwork(entry.network, problems.at("network")),
    ...(entry.ca && { ca: compilePem(entry.ca, problems.at("ca")) }),
    keysStaleForMs: durationMs(
      entry.keysStaleFor,
      { fallbackMs: 3_600 * second, minMs: 60 * second, maxMs: 7 * 86_400 * second },
      problems.at("keysStaleFor"),
    ),
    sharesIds: entry.sharedIds === Access.ALLOW,
    readClaims: compileCallerReader(
      { agent: entry.agent || "claims.sub", groups: entry.groups, tenant: entry.tenant },
      { variable: "claims", prefix, foreign },
      problems,
    ),
  };
}

/** Whoever can change what such a server says can be anybody: it is reached over TLS, or on this machine. */
export function checkServerUrl(source: string, problems: Problems): void {
  const url = URL.canParse(source) ? new URL(source) : undefined;
  const isLocal = url !== undefined && /^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
  if (!url || (url.protocol !== "https:" && !(url.protocol === "http:" && isLocal))) {
    problems.add(`must be an https URL (http only on this machine), got ${JSON.stringify(source)}`);
  } else if (url.username !== "" || url.password !== "" || url.hash !== "") {
    problems.add("holds a user, a password or a fragment");
  }
}

function publicUrlOf(source: string, problems: Problems): string | undefined {
  if (source === "") return undefined;
  const url = URL.canParse(source) ? new URL(source) : undefined;
  const isPlain =
    url?.search === "" && url.hash === "" && url.username === "" && url.pathname === "/";
  if (!url || !/^https?:$/.test(url.protocol) || !isPlain) {
    problems.add(`must be such as https://mcp.example.com, got ${JSON.stringify(source)}`);
  }
  return source.replace(/\/+$/, "");
}
