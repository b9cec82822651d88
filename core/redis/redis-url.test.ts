import { expect, it } from "vitest";
import { parseRedisUrl } from "./redis-url.ts";

it.each(["redis://127.0.0.1:6379/2", "rediss://u:p@redis:6380", "/run/redis.sock"])(
  "leaves one server to the client: %s",
  (url) => {
    expect(parseRedisUrl(url)).toEqual({ kind: "single", url });
  },
);

it("reads sentinels, the primary that they watch, and both logins", () => {
  expect(
    parseRedisUrl(
      "rediss+sentinel://app:p%40ss@h1:26379,[::1]:7,h3/my-master/2?sentinelPassword=s3",
    ),
  ).toEqual({
    kind: "sentinel",
    primary: "my-master",
    database: 2,
    tls: true,
    username: "app",
    password: "p@ss",
    sentinelPassword: "s3",
    nodes: [
      { host: "h1", port: 26_379 },
      { host: "::1", port: 7 },
      { host: "h3", port: 26_379 },
    ],
  });
});

it("reads the nodes of a cluster", () => {
  expect(parseRedisUrl("redis+cluster://:pw@h1:7001,h2")).toEqual({
    kind: "cluster",
    tls: false,
    password: "pw",
    nodes: [
      { host: "h1", port: 7_001 },
      { host: "h2", port: 6_379 },
    ],
  });
});

it.each([
  ["redis+sentinel://h1:26379", /must name the primary/],
  ["redis+sentinel://h1:26379/a/b/c", /must name the primary/],
  ["redis+cluster://h1:7001/1", /names no database/],
  ["redis+cluster://h1:70010000", /no host:port/],
  ["redis+cluster://user:geheim@h1:7001,,h2", /no host:port/],
  ["redis+sentinel://h1/m?db=1", /parameter db/],
  ["redis+other://user:geheim@h1", /malformed/],
])("refuses %s, and shows no password", (url, message) => {
  expect(() => parseRedisUrl(url)).toThrow(message);
  expect(() => parseRedisUrl(url)).not.toThrow(/geheim/);
});
