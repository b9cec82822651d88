import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  Network,
  PolicySchema,
  ProcessSharing,
  type UpstreamSchema,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { compileUpstreams } from "./compile-upstreams.ts";
import { Problems } from "./problems.ts";

type UpstreamInit = Extract<MessageInitShape<typeof UpstreamSchema>, { $typeName?: never }>;

function compile(upstream: UpstreamInit) {
  const problems = new Problems();
  const upstreams = [{ name: "docs", ...upstream }];
  const [compiled] = compileUpstreams(create(PolicySchema, { upstreams }), problems);
  return { compiled, problems: problems.list.map(({ path, message }) => `${path}: ${message}`) };
}

const file = (path: string) => ({ source: { case: "fromFile" as const, value: path } });
const https = "https://mcp.example/mcp";

describe("an upstream", () => {
  it.each([
    { given: {}, says: "upstreams[0]: needs a url, an sse or a command" },
    { given: { url: https, sse: https }, says: "upstreams[0]: has both url and sse: keep one" },
    {
      given: { url: https, sse: https, command: ["x"] },
      says: "upstreams[0]: has url, sse and command: keep one",
    },
  ])("has exactly one of url, sse and command: $says", ({ given, says }) => {
    expect(compile(given).problems).toContain(says);
  });

  it("with sse is one of HTTP+SSE, whose agents may speak of roots", () => {
    const { compiled, problems } = compile({ sse: "http://old.internal/sse" });
    expect(problems).toEqual([]);
    expect(compiled).toMatchObject({
      target: { kind: "sse", url: "http://old.internal/sse" },
      acceptsRoots: true,
      network: "private",
    });
  });

  it("names a network that this release knows", () => {
    expect(compile({ url: https, network: Network.PUBLIC }).compiled?.network).toBe("public");
    expect(compile({ url: https, network: 9 as Network }).problems).toEqual([
      "upstreams[0].network: has the value 9, which this release does not know",
    ]);
    expect(compile({ command: ["x"], network: Network.PUBLIC }).problems).toEqual([
      "upstreams[0].network: means nothing for a command",
    ]);
  });
});

describe("tls of an upstream", () => {
  it("names its files and the name to verify", () => {
    const tls = { ca: file("/ca"), clientCertificate: file("/c"), clientKey: file("/k") };
    const { compiled, problems } = compile({ url: https, tls: { ...tls, serverName: "a.b" } });
    expect(problems).toEqual([]);
    expect(compiled?.tls).toEqual({
      ca: { kind: "file", path: "/ca" },
      clientCertificate: { kind: "file", path: "/c" },
      clientKey: { kind: "file", path: "/k" },
      serverName: "a.b",
    });
  });

  it.each([
    {
      upstream: { url: "http://mcp.example/mcp", tls: {} },
      says: "tls: needs an https URL",
    },
    { upstream: { command: ["x"], tls: {} }, says: "tls: needs an https URL" },
    {
      upstream: { url: https, tls: { clientKey: file("/k") } },
      says: "tls: needs clientCertificate and clientKey together",
    },
    {
      upstream: { url: https, tls: { serverName: "127.0.0.1" } },
      says: 'tls.serverName: must be a host name, got "127.0.0.1"',
    },
    {
      upstream: { url: https, tls: { ca: {} } },
      says: "tls.ca: needs fromEnv or fromFile: policies name secrets, they never contain them",
    },
    {
      upstream: { url: https, tls: { ca: { ...file("/ca"), prefix: "x" } } },
      says: "tls.ca.prefix: means nothing before PEM",
    },
  ])("is refused: $says", ({ upstream, says }) => {
    expect(compile(upstream).problems).toEqual([`upstreams[0].${says}`]);
  });
});

describe("a command", () => {
  it("has a process for each session, unless the policy says otherwise", () => {
    expect(compile({ command: ["x"] }).compiled?.target).toEqual({
      kind: "command",
      command: ["x"],
      process: "session",
      env: [],
      maxProcesses: 32,
    });
    const { compiled, problems } = compile({
      command: ["x"],
      process: ProcessSharing.SHARED,
      env: { DB_URL: { source: { case: "fromEnv", value: "DB" }, prefix: "pg://" } },
      maxProcesses: 2,
    });
    expect(problems).toEqual([]);
    expect(compiled?.target).toMatchObject({
      process: "shared",
      env: [{ name: "DB_URL", prefix: "pg://", secret: { kind: "env", name: "DB" } }],
      maxProcesses: 2,
    });
  });

  it("is refused what makes no sense or would give the gateway's own secrets away", () => {
    const env = {
      "A=B": file("/a"),
      TOKEN: { source: { case: "fromEnv" as const, value: "MCPGW_JOIN_TOKEN" } },
      EMPTY: {},
    };
    const { problems } = compile({
      command: ["", "a\0"],
      process: 9 as ProcessSharing,
      env,
      maxProcesses: 20_000,
    });
    expect(problems).toEqual([
      "upstreams[0].command: starts with an empty program name",
      "upstreams[0].command: holds a NUL byte",
      "upstreams[0].process: has the value 9, which this release does not know",
      'upstreams[0].env.A=B: must be named by letters, digits and "_", not starting with a digit',
      "upstreams[0].env.TOKEN.fromEnv: MCPGW_JOIN_TOKEN is a setting of the gateway itself: it is never sent anywhere",
      "upstreams[0].env.EMPTY: needs fromEnv or fromFile: policies name secrets, they never contain them",
      "upstreams[0].maxProcesses: must be at most 10000, got 20000",
    ]);
  });

  it("alone has processes", () => {
    const { problems } = compile({
      url: https,
      process: ProcessSharing.AGENT,
      env: { A: file("/a") },
      maxProcesses: 1,
    });
    expect(problems).toEqual([
      "upstreams[0].process: means nothing without a command",
      "upstreams[0].env: means nothing without a command",
      "upstreams[0].maxProcesses: means nothing without a command",
    ]);
  });
});
