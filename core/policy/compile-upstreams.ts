import {
  Access,
  Network,
  type Policy,
  type Upstream,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { compileCommand, refuseCommandFields } from "./compile-command.ts";
import { compileCredentials } from "./compile-credentials.ts";
import type { CompiledUpstream, NetworkName } from "./compiled-policy.ts";
import { checkNames, count, durationMs } from "./fields.ts";
import { checkUrl, compileNetwork, compileTls } from "./outward.ts";
import type { Problems } from "./problems.ts";

const second = 1_000;
export function compileUpstreams(policy: Policy, problems: Problems): CompiledUpstream[] {
  const at = problems.at("upstreams");
  checkNames(policy.upstreams, at);
  return policy.upstreams.map((upstream, index) => compileUpstream(upstream, at.at(index)));
}

function compileUpstream(upstream: Upstream, problems: Problems): CompiledUpstream {
  const { circuitBreaker, credentials, tls } = upstream;
  const breakerProblems = problems.at("circuitBreaker");
  return {
    name: upstream.name,
    target: targetOf(upstream, problems),
    ...(credentials && {
      credentials: compileCredentials(credentials, upstream, problems.at("credentials")),
    }),
    ...(tls && { tls: compileTls(tls, upstream.url || upstream.sse, problems.at("tls")) }),
    network: networkOf(upstream, problems.at("network")),
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
  const { url, sse, command } = upstream;
  const isGiven = { url: url !== "", sse: sse !== "", command: command.length > 0 };
  const given = Object.entries(isGiven).flatMap(([field, is]) => (is ? [field] : []));
  if (given.length === 2) problems.add(`has both ${given.join(" and ")}: keep one`);
  else if (given.length === 3) problems.add("has url, sse and command: keep one");
  else if (given.length === 0) problems.add("needs a url, an sse or a command");
  if (isGiven.url) checkUrl(url, problems.at("url"));
  if (isGiven.sse) checkUrl(sse, problems.at("sse"));
  if (isGiven.command) return compileCommand(upstream, problems);
  refuseCommandFields(upstream, problems);
  return isGiven.sse ? { kind: "sse", url: sse } : { kind: "http", url };
}

function networkOf({ network, command }: Upstream, problems: Problems): NetworkName {
  if (network !== Network.UNSPECIFIED && command.length > 0) {
    problems.add("means nothing for a command");
  }
  return compileNetwork(network, problems);
}
