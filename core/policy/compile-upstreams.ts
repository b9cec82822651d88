import {
  Access,
  type Credentials,
  type Policy,
  type Upstream,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CompiledCredentials, CompiledUpstream } from "./compiled-policy.ts";
import { checkNames, count, durationMs } from "./fields.ts";
import type { Problems } from "./problems.ts";

const second = 1_000;
const headerPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
/** Headers that frame the request or speak MCP: credentials must not overwrite them. */
const reservedHeaders = /^(host|connection|content-.*|transfer-encoding|accept|mcp-.*|te|upgrade)$/;

export function compileUpstreams(policy: Policy, problems: Problems): CompiledUpstream[] {
  const at = problems.at("upstreams");
  checkNames(policy.upstreams, at);
  return policy.upstreams.map((upstream, index) => compileUpstream(upstream, at.at(index)));
}

function compileUpstream(upstream: Upstream, problems: Problems): CompiledUpstream {
  const { circuitBreaker, credentials } = upstream;
  const breakerProblems = problems.at("circuitBreaker");
  return {
    name: upstream.name,
    target: targetOf(upstream, problems),
    ...(credentials && { credentials: compileCredentials(credentials, upstream, problems) }),
    timeoutMs: durationMs(
      upstream.timeout,
      { fallbackMs: 60 * second, minMs: 10, maxMs: 3_600 * second },
      problems.at("timeout"),
    ),
    maxConcurrent: count(
      upstream.maxConcurrent,
      { fallback: 200, max: 100_000 },
      problems.at("maxConcurrent"),
    ),
    acceptsRoots: acceptsRoots(upstream),
    circuitBreaker: {
      failures: count(
        circuitBreaker?.failures ?? 0,
        { fallback: 10, max: 1_000_000 },
        breakerProblems.at("failures"),
      ),
      openForMs: durationMs(
        circuitBreaker?.openFor,
        { fallbackMs: 15 * second, minMs: 100, maxMs: 3_600 * second },
        breakerProblems.at("openFor"),
      ),
    },
  };
}

/** A remote server guards itself; a command runs beside us, with our files. */
function acceptsRoots({ roots, command }: Upstream): boolean {
  if (roots === Access.UNSPECIFIED) return command.length === 0;
  return roots === Access.ALLOW;
}

function targetOf(upstream: Upstream, problems: Problems): CompiledUpstream["target"] {
  const { url, command } = upstream;
  if (url !== "" && command.length > 0) problems.add("has both url and command: keep one");
  else if (url === "" && command.length === 0) problems.add("needs a url or a command");
  if (command.length > 0) {
    if (command[0] === "") problems.at("command").add("starts with an empty program name");
    if (command.some((part) => part.includes("\0"))) problems.at("command").add("holds a NUL byte");
    return { kind: "command", command };
  }
  if (url !== "") checkUrl(url, problems.at("url"));
  return { kind: "http", url };
}

function checkUrl(source: string, problems: Problems): void {
  if (!URL.canParse(source)) {
    problems.add(`must be an http or https URL, got ${JSON.stringify(source)}`);
    return;
  }
  const url = new URL(source);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    problems.add(`must be an http or https URL, got one of ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") {
    problems.add("holds a user or password: policies never contain secrets, use credentials");
  }
  if (url.hash !== "") problems.add("holds a fragment (#…), which is never sent");
}

function compileCredentials(
  credentials: Credentials,
  upstream: Upstream,
  problems: Problems,
): CompiledCredentials {
  const at = problems.at("credentials");
  if (upstream.command.length > 0) at.add("need a url: a command gets no headers");
  const header = credentials.header.toLowerCase();
  if (!headerPattern.test(header) || reservedHeaders.test(header)) {
    at.at("header").add(
      `must be a header name that MCP and HTTP do not use themselves, got ${JSON.stringify(credentials.header)}`,
    );
  }
  const source = credentials.value?.source;
  if (!source?.case || source.value === "") {
    at.at("value").add("needs fromEnv or fromFile: policies name secrets, they never contain them");
  }
  const named = source?.value ?? "";
  return {
    header,
    prefix: credentials.value?.prefix ?? "",
    secret:
      source?.case === "fromFile" ? { kind: "file", path: named } : { kind: "env", name: named },
  };
}
