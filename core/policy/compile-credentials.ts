import type {
  AgentCredentials,
  Credentials,
  TokenRequest,
  Upstream,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { checkedScopes, checkServerUrl } from "./compile-identity.ts";
import type { CompiledCredentials, CompiledTokenRequest } from "./compiled-credentials.ts";
import { compileGlobs } from "./glob.ts";
import { compileNamedSecret, compileNetwork, compilePem, compileSecret } from "./outward.ts";
import type { Problems } from "./problems.ts";

const headerPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
/** Headers that frame the request or speak MCP: credentials must not overwrite them. */
const reservedHeaders = /^(host|connection|content-.*|transfer-encoding|accept|mcp-.*|te|upgrade)$/;

export function compileCredentials(
  credentials: Credentials,
  upstream: Upstream,
  problems: Problems,
): CompiledCredentials {
  const { value, perAgent, tokenExchange, clientCredentials } = credentials;
  if (upstream.command.length > 0) problems.add("need a url: a command gets no headers");
  checkKind(credentials, problems);
  const token = tokenExchange ?? clientCredentials;
  const header = headerOf(credentials.header || (token ? "Authorization" : ""), problems);
  if (token) {
    const field = tokenExchange ? "tokenExchange" : "clientCredentials";
    const request = compileTokenRequest(token, problems.at(field));
    return { kind: tokenExchange ? "token-exchange" : "client-credentials", header, request };
  }
  return {
    kind: "static",
    header,
    perAgent: perAgent.map((entry, index) =>
      compileAgentCredentials(entry, problems.at("perAgent").at(index)),
    ),
    ...((value || perAgent.length === 0) && {
      value: compileNamedSecret(value, problems.at("value")),
    }),
  };
}

function checkKind(
  { value, perAgent, tokenExchange, clientCredentials }: Credentials,
  problems: Problems,
): void {
  const isStatic = value !== undefined || perAgent.length > 0;
  const kinds = [isStatic, tokenExchange !== undefined, clientCredentials !== undefined];
  if (kinds.filter(Boolean).length <= 1) return;
  problems.add("must have one of value (with perAgent), tokenExchange and clientCredentials");
}

/** The header that carries a secret, in lower case. */
export function headerOf(written: string, problems: Problems): string {
  const header = written.toLowerCase();
  if (!headerPattern.test(header) || reservedHeaders.test(header)) {
    problems
      .at("header")
      .add(
        `must be a header name that MCP and HTTP do not use themselves, got ${JSON.stringify(written)}`,
      );
  }
  return header;
}

function compileAgentCredentials(
  { agents, groups, tenants, value }: AgentCredentials,
  problems: Problems,
) {
  if (agents.length + groups.length + tenants.length === 0) {
    problems.add("names nobody: write agents, groups or tenants");
  }
  const isAgent = globsOrAll(agents);
  const isGroup = globsOrAll(groups);
  const isTenant = globsOrAll(tenants);
  return {
    ...compileNamedSecret(value, problems.at("value")),
    isFor: (who: { agent: string; groups: readonly string[]; tenant?: string }) =>
      isAgent([who.agent]) && isGroup(who.groups) && isTenant(who.tenant ? [who.tenant] : []),
  };
}

function globsOrAll(globs: readonly string[]): (names: readonly string[]) => boolean {
  if (globs.length === 0) return () => true;
  const matches = compileGlobs(globs);
  return (names) => names.some(matches);
}

function compileTokenRequest(request: TokenRequest, problems: Problems): CompiledTokenRequest {
  const { tokenEndpoint, clientId, clientSecret, audience, resource, scopes, ca } = request;
  checkServerUrl(tokenEndpoint, problems.at("tokenEndpoint"));
  if (clientId === "") problems.at("clientId").add("is missing");
  return {
    tokenEndpoint,
    clientId,
    clientSecret: compileSecret(clientSecret, problems.at("clientSecret")),
    parameters: {
      ...(audience !== "" && { audience }),
      ...(resource !== "" && { resource }),
      ...(scopes.length > 0 && { scope: checkedScopes(scopes, problems.at("scopes")).join(" ") }),
    },
    network: compileNetwork(request.network, problems.at("network")),
    ...(ca && { ca: compilePem(ca, problems.at("ca")) }),
  };
}
