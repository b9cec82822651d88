import {
  Access,
  type Identity,
  type JwtIssuer,
  type Mtls,
  MtlsAgent,
  type Policy,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type {
  CompiledIdentity,
  CompiledIssuer,
  CompiledMtls,
  ScopeDemand,
} from "./compiled-identity.ts";
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
  const sources = sourcesOf(identity);
  checkPrefixes(sources, problems);
  const publicUrl = publicUrlOf(identity?.publicUrl ?? "", problems.at("publicUrl"));
  return {
    acceptsApiKeys: identity?.apiKeys ?? true,
    issuers: compileIssuers(identity?.jwt ?? [], sources, problems.at("jwt")),
    ...(identity?.mtls && { mtls: compileMtls(identity.mtls, sources, problems.at("mtls")) }),
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
  sources: readonly Source[],
  problems: Problems,
): ReadonlyMap<string, CompiledIssuer> {
  const compiled = new Map<string, CompiledIssuer>();
  issuers.forEach((issuer, index) => {
    const here = problems.at(index);
    if (compiled.has(issuer.issuer)) here.at("issuer").add(`${issuer.issuer} is named twice`);
    compiled.set(issuer.issuer, compileIssuer(issuer, sources, here));
  });
  return compiled;
}

/** Something that says who agents are, and the beginning of the ids that it gives. */
interface Source {
  readonly name: string;
  readonly path: readonly (string | number)[];
  readonly prefix: string;
  readonly beginning: string;
  readonly sharesIds: boolean;
}

function sourcesOf(identity: Identity | undefined): readonly Source[] {
  const issuers = (identity?.jwt ?? []).map(({ issuer, prefix, sharedIds }, index) => ({
    name: issuer,
    path: ["jwt", index],
    prefix,
    beginning: prefix,
    sharesIds: sharedIds === Access.ALLOW,
  }));
  if (!identity?.mtls) return issuers;
  const { agent, prefix, sharedIds } = identity.mtls;
  const beginning = agent === MtlsAgent.URI_SAN ? `${prefix}spiffe://` : prefix;
  const sharesIds = sharedIds === Access.ALLOW;
  const mtls = { name: "client certificates", path: ["mtls"], prefix, beginning, sharesIds };
  return [...issuers, mtls];
}

/** No source may speak for the agents of another. */
function checkPrefixes(sources: readonly Source[], problems: Problems): void {
  sources.forEach((source, index) => {
    const here = source.path.reduce<Problems>((at, step) => at.at(step), problems).at("prefix");
    if (!prefixPattern.test(source.prefix)) {
      here.add("must have at most 64 visible ASCII characters");
    }
    const same = sources
      .slice(0, index)
      .find(({ beginning, sharesIds }) =>
        beginning === source.beginning ? !(sharesIds && source.sharesIds) : false,
      );
    if (!same) return;
    here.add(
      `is the same as that of ${same.name}, so each could name the other's agents: ` +
        "give one another prefix, or say sharedIds: allow at both",
    );
  });
}

/** Ids that begin with more than this belong to whoever has that beginning. */
function foreignTo(own: string, sources: readonly Source[]): readonly string[] {
  return sources
    .map(({ beginning }) => beginning)
    .filter((beginning) => beginning.length > own.length && beginning.startsWith(own));
}

const certificateNames: ReadonlyMap<MtlsAgent, string> = new Map([
  [MtlsAgent.URI_SAN, "certificate.spiffeId"],
  [MtlsAgent.DNS_SAN, "certificate.dnsName"],
]);

function compileMtls(mtls: Mtls, sources: readonly Source[], problems: Problems): CompiledMtls {
  const { groups, tenant, prefix } = mtls;
  const agent = certificateNames.get(mtls.agent) ?? "";
  if (agent === "") problems.at("agent").add("must be uriSan or dnsSan");
  const beginning = mtls.agent === MtlsAgent.URI_SAN ? `${prefix}spiffe://` : prefix;
  const rules = { variable: "certificate", prefix, foreign: foreignTo(beginning, sources) };
  return {
    sharesIds: mtls.sharedIds === Access.ALLOW,
    readCertificate: compileCallerReader({ agent, groups, tenant }, rules, problems),
  };
}

function compileIssuer(
  entry: JwtIssuer,
  sources: readonly Source[],
  problems: Problems,
): CompiledIssuer {
  const { issuer, audience, jwksUri, prefix } = entry;
  checkServerUrl(issuer, problems.at("issuer"));
  if (jwksUri !== "") checkServerUrl(jwksUri, problems.at("jwksUri"));
  if (audience === "") {
    problems.at("audience").add("is missing: tokens for somebody else would be accepted");
  }
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
      { variable: "claims", prefix, foreign: foreignTo(prefix, sources) },
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
