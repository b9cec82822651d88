/** Where Redis is, as a URL says it. */
export type RedisPlace =
  /** One server: a URL or the path of a socket, as ioredis reads them. */
  | { readonly kind: "single"; readonly url: string }
  /** A primary that sentinels name. */
  | ({ readonly kind: "sentinel"; readonly primary: string; readonly database: number } & Several)
  /** Redis Cluster, found through some of its nodes. */
  | ({ readonly kind: "cluster" } & Several);

interface Several {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Of the sentinels, which may have their own. */
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
}

const pattern =
  /^(?<scheme>rediss?)\+(?<kind>sentinel|cluster):\/\/(?:(?<login>[^@/?#]*)@)?(?<hosts>[^/?#]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>.*))?$/;

const form =
  "redis+sentinel://host:26379,host:26379/primary[/database] or redis+cluster://host:6379,host:6379 (rediss+… with TLS)";

/**
 * Reads the URL of a Redis: `redis://`, `rediss://` or a path for one server, and besides
 * `redis+sentinel://[user:password@]host:port,…/primary[/database][?sentinelUsername=…&sentinelPassword=…]` and
 * `redis+cluster://[user:password@]host:port,…`. Throws an Error that says what is wrong, without the password.
 */
export function parseRedisUrl(url: string): RedisPlace {
  if (!/^rediss?\+/.test(url)) return { kind: "single", url };
  const groups = pattern.exec(url)?.groups;
  if (!groups) throw new Error(`the URL of Redis is malformed: write ${form}`);
  const { scheme, kind, login, hosts = "", path = "", query = "" } = groups;
  const several = {
    nodes: hosts.split(",").map((node) => parseNode(node, kind === "sentinel" ? 26_379 : 6_379)),
    tls: scheme === "rediss",
    ...loginOf(login),
    ...sentinelLoginOf(query),
  };
  const [primary = "", database = "", ...rest] = path.split("/");
  if (kind === "cluster") {
    if (path !== "") throw new Error("the URL of a Redis Cluster names no database: it has one");
    return { kind: "cluster", ...several };
  }
  if (primary === "" || rest.length > 0 || !/^\d{0,3}$/.test(database)) {
    throw new Error(
      `the URL of Redis must name the primary that the sentinels watch: write ${form}`,
    );
  }
  const name = decodeURIComponent(primary);
  return { kind: "sentinel", primary: name, database: Number(database), ...several };
}

function parseNode(node: string, defaultPort: number): Several["nodes"][number] {
  const [, bracketed, plain, digits] =
    /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d+))?$/i.exec(node) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new Error(`the URL of Redis names ${JSON.stringify(node)}, which is no host:port`);
  }
  return { host, port };
}

function loginOf(login: string | undefined): Pick<Several, "username" | "password"> {
  if (!login) return {};
  const colon = login.indexOf(":");
  const username = decodeURIComponent(colon < 0 ? login : login.slice(0, colon));
  const password = colon < 0 ? "" : decodeURIComponent(login.slice(colon + 1));
  return { ...(username && { username }), ...(password && { password }) };
}

function sentinelLoginOf(query: string): Partial<Several> {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (name !== "sentinelUsername" && name !== "sentinelPassword") {
      throw new Error(`the URL of Redis has the parameter ${name}, which means nothing here`);
    }
  }
  const username = parameters.get("sentinelUsername");
  const password = parameters.get("sentinelPassword");
  return {
    ...(username && { sentinelUsername: username }),
    ...(password && { sentinelPassword: password }),
  };
}
