import { isIP } from "node:net";

interface HostRules {
  /** The listener is reachable from this machine only. */
  readonly isLoopback: boolean;
  /** Names by which agents reach it otherwise, lower case, without port. */
  readonly allowedHosts: readonly string[];
}

/**
 * Guards against DNS rebinding: a page in a browser makes its own name resolve to this listener.
 * Returns why the request is refused, or undefined (MCP, Streamable HTTP, security).
 */
export function findHostProblem(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  rules: HostRules,
): string | undefined {
  const host = hostnameOf(headers.host);
  if (host === undefined) return "the Host header is missing or malformed";
  if (!isKnown(host, rules)) return "the Host header names another server";
  if (headers.origin === undefined) return undefined;
  const origin = URL.canParse(headers.origin) ? new URL(headers.origin).hostname : undefined;
  // Only browsers send Origin: without a list of names nothing says which pages may call.
  const isTrusted =
    origin !== undefined &&
    (rules.isLoopback || rules.allowedHosts.length > 0) &&
    isKnown(origin, rules);
  return isTrusted ? undefined : "the Origin is not allowed";
}

function isKnown(hostname: string, { isLoopback, allowedHosts }: HostRules): boolean {
  if (allowedHosts.includes(hostname)) return true;
  return isLoopback ? isLoopbackName(hostname) : allowedHosts.length === 0;
}

export function isLoopbackName(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

function hostnameOf(host: string | undefined): string | undefined {
  if (host === undefined || !/^(\[[0-9a-fA-F:.]+\]|[^\s/?#@:[\]]+)(:\d{1,5})?$/.test(host)) {
    return undefined;
  }
  return host.replace(/:\d{1,5}$/, "").toLowerCase();
}
