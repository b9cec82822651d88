import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ServerCredentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { CheckpointKey } from "../core/audit/chain/checkpoint-key.ts";
import { Checkpoints } from "../core/audit/chain/checkpoints.ts";
import { RecordChain } from "../core/audit/chain/record-chain.ts";
import { RpcError } from "../core/grpc/errors.ts";
import { GrpcServer } from "../core/grpc/serve.ts";
import { AgentService } from "../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import {
  type ApprovalRecordSchema,
  ApprovalService,
  ApprovalState,
  type DecideApprovalRequest,
  type GetApprovalResponseSchema,
} from "../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import {
  type AuditRecordSchema,
  AuditService,
  type TailAuditRequest,
} from "../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { ProxyKind } from "../proto/gen/mcpgateway/v1/config_pb.ts";
import {
  FleetService,
  type ProxyRecordSchema,
} from "../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import { OperatorService, type Role } from "../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import type { Policy } from "../proto/gen/mcpgateway/v1/policy_pb.ts";
import { PolicyService } from "../proto/gen/mcpgateway/v1/policy_service_pb.ts";

const token = "mcpgw_operator_good";

const policyYaml = `apiVersion: mcpgateway/v1
kind: Policy
metadata: { name: test }
upstreams: [{ name: files, command: [mcp-server-filesystem, /srv/share] }]
routes: [{ path: /mcp, upstreams: [files] }]
rules: [{ name: read, match: { tools: ["files/read_*"] }, action: allow }]
`;

/** A control plane that answers what the test tells it to, and remembers what it was asked. */
class FakeControlPlane {
  versions: { policy: Policy; message: string }[] = [];
  /** What the fleet looks like, look after look; the last one stays. */
  fleets: MessageInitShape<typeof ProxyRecordSchema>[][] = [[]];
  approvals: MessageInitShape<typeof ApprovalRecordSchema>[] = [];
  /** What stands around every approval. */
  details: Extract<MessageInitShape<typeof GetApprovalResponseSchema>, { $typeName?: never }> = {};
  /** How often somebody read an approval. */
  looks = 0;
  records: MessageInitShape<typeof AuditRecordSchema>[] = [];
  lines: { entry: string; json: string }[] = [];
  auditKeys: { keyId: string; publicKey: string; producer: string }[] = [];
  problems: { path: string; message: string }[] = [];
  readonly authorizations: string[] = [];
  readonly decisions: DecideApprovalRequest[] = [];
  readonly tails: TailAuditRequest[] = [];
  openTails = 0;
  /** Whether streams end because their operator is gone. */
  revoked = false;
  /** With words, nothing works. */
  outage = "";
  address = "";
  #server: GrpcServer | undefined;

  async start(address = "127.0.0.1:0"): Promise<this> {
    this.#server = new GrpcServer({
      onError: (error) => console.error(error),
      guard: (_, { metadata }) => {
        const authorization = String(metadata.get("authorization")[0] ?? "");
        this.authorizations.push(authorization);
        if (authorization !== `Bearer ${token}`) {
          throw new RpcError("unauthenticated", "the token is not known");
        }
        if (this.outage) throw new RpcError("unavailable", this.outage);
      },
    });
    this.#addPolicies(this.#server);
    this.#addApprovals(this.#server);
    this.#addAudit(this.#server);
    this.#addNames(this.#server);
    const port = await this.#server.listen(address, ServerCredentials.createInsecure());
    this.address = `127.0.0.1:${port}`;
    return this;
  }

  async stop(): Promise<void> {
    await this.#server?.close(0);
  }

  #addPolicies(server: GrpcServer): void {
    const describe = (version: number) => ({
      version: BigInt(version),
      author: "alice",
      digest: "abc",
      message: this.versions[version - 1]?.message ?? "",
      pushedAt: timestampFromMs(0),
    });
    server.add(PolicyService, {
      validatePolicy: async () => ({ problems: this.problems }),
      pushPolicy: async ({ policy, message, ifVersion }) => {
        if (ifVersion !== undefined && ifVersion !== BigInt(this.versions.length)) {
          throw new RpcError("aborted", `the latest version is ${this.versions.length}`);
        }
        if (this.problems.length > 0) return { problems: this.problems };
        this.versions.push({ policy: policy as Policy, message });
        return { accepted: describe(this.versions.length) };
      },
      getPolicy: async ({ version }) => {
        const wanted = Number(version) || this.versions.length;
        const found = this.versions[wanted - 1];
        if (!found) throw new RpcError("not-found", `there is no version ${version}`);
        return { version: describe(wanted), policy: found.policy };
      },
      listPolicyVersions: async () => ({
        versions: this.versions.map((_, index) => describe(index + 1)),
      }),
    });
    server.add(FleetService, {
      listProxies: async () => {
        const [first = [], ...rest] = this.fleets;
        if (rest.length > 0) this.fleets = rest;
        return { proxies: first, latestVersion: BigInt(this.versions.length) };
      },
    });
  }

  #addApprovals(server: GrpcServer): void {
    const find = (id: string) => {
      const found = this.approvals.find((approval) => approval.id?.startsWith(id));
      if (!found) throw new RpcError("not-found", `no approval begins with ${id}`);
      return found;
    };
    server.add(ApprovalService, {
      listApprovals: async ({ state }) => ({
        approvals: this.approvals.filter((approval) => state === 0 || approval.state === state),
      }),
      getApproval: async ({ id }) => {
        this.looks += 1;
        return { ...this.details, approval: find(id) };
      },
      decideApproval: async (request) => {
        this.decisions.push(request);
        const state = request.approve ? ApprovalState.APPROVED : ApprovalState.DENIED;
        return { approval: { ...find(request.id), state } };
      },
      revokeApproval: async ({ id }) => {
        return { approval: { ...find(id), state: ApprovalState.REVOKED } };
      },
      reviewApproval: async ({ id }) => ({ approval: find(id) }),
    });
  }

  #addAudit(server: GrpcServer): void {
    const fake = this;
    server.add(AuditService, {
      queryAudit: async () => ({ records: [], cursor: "" }),
      countCalls: async () => ({ counts: [], cursor: "" }),
      async *exportAudit() {
        yield { lines: fake.lines };
      },
      async *findOrphans() {
        yield* fake.records.map((intent) => ({ intent }));
      },
      listAuditKeys: async () => ({ keys: fake.auditKeys }),
      async *tailAudit(request, { signal }) {
        fake.tails.push(request);
        fake.openTails += 1;
        try {
          let sent = 0;
          do {
            for (; sent < fake.records.length; sent += 1) yield { record: fake.records[sent] };
            await new Promise((resolve) => setTimeout(resolve, 20));
            if (fake.revoked) throw new RpcError("unauthenticated", "no operator has this token");
          } while (request.follow && !signal.aborted);
        } finally {
          fake.openTails -= 1;
        }
      },
    });
  }

  #addNames(server: GrpcServer): void {
    server.add(AgentService, {
      createAgent: async ({ id, groups, expiresAt }) => ({
        key: `key-of-${id}`,
        agent: { id, groups, keys: [{ hint: "mcpgw_agent_abcd", expiresAt }] },
      }),
      listAgents: async () => ({ agents: [{ id: "analyst-1", groups: ["data"], keys: [] }] }),
      rotateAgentKey: async ({ id }) => ({ key: `next-key-of-${id}`, agent: { id } }),
      revokeAgent: async ({ id }) => {
        throw new RpcError("not-found", `there is no agent ${id}`);
      },
    });
    const operator = (name: string, role: Role) => ({ name, role });
    server.add(OperatorService, {
      createOperator: async ({ name, role }) => ({
        token: `token-of-${name}`,
        operator: operator(name, role),
      }),
      listOperators: async () => ({ operators: [operator("root", 4)] }),
      whoAmI: async () => ({ operator: { name: "olga", role: 2, groups: ["dba"] } }),
      revokeOperator: async () => {
        throw new RpcError("failed-precondition", "root is the last admin");
      },
    });
  }
}

// Each run starts a process, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

let plane: FakeControlPlane;
let home: string;

beforeAll(async () => {
  plane = await new FakeControlPlane().start();
});

afterAll(() => plane.stop());

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "mcpctl-"));
  plane.versions = [];
  plane.fleets = [[]];
  plane.approvals = [];
  plane.details = {};
  plane.looks = 0;
  plane.records = [];
  plane.problems = [];
  plane.outage = "";
  plane.revoked = false;
  for (const list of [plane.authorizations, plane.decisions, plane.tails]) list.length = 0;
});

function start(words: readonly string[], env: Record<string, string | undefined> = {}) {
  return spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...words], {
    env: {
      HOME: home,
      MCPCTL_SERVER: plane.address,
      MCPCTL_TOKEN: token,
      ...env,
    } as NodeJS.ProcessEnv,
    cwd: home,
  });
}

async function mcpctl(
  words: readonly string[],
  options: { env?: Record<string, string | undefined>; stdin?: string } = {},
) {
  const child = start(words, options.env);
  child.stdin.end(options.stdin ?? "");
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (output.stdout += chunk));
  child.stderr.on("data", (chunk) => (output.stderr += chunk));
  const [code] = await once(child, "close");
  return { code, ...output };
}

async function writePolicy(text = policyYaml): Promise<string> {
  const path = join(home, "policy.yaml");
  await writeFile(path, text);
  return path;
}

const approval = (id: string) => ({
  id,
  state: ApprovalState.PENDING,
  digest: `digest-of-${id}`,
  agent: "analyst-1",
  upstream: "files",
  tool: "write_file",
  arguments: '{"path":"/etc/passwd\\u001b[2J","amount":12345678901234567890}',
  rule: "writes-need-a-human",
  quorum: 1,
  expiresAt: timestampFromMs(Date.now() + 600_000),
});

const proxy = (id: string, servingVersion: bigint, refusal = {}) => ({
  id,
  kind: ProxyKind.PROXY,
  servingVersion,
  ...refusal,
});

it("exits 2 with a hint when used wrongly, and prints nothing on stdout", async () => {
  const results = await Promise.all(
    [["polcy"], ["policy"], ["deny", "a1"], ["fleet", "--server", "nowhere"], ["fleet", "--x"]].map(
      (words) => mcpctl(words),
    ),
  );

  for (const result of results) {
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain("--help");
    expect(result.stderr).not.toMatch(/^ +at /m);
  }
});

it("documents its exit codes", async () => {
  const { code, stdout } = await mcpctl(["--help"]);

  expect(code).toBe(0);
  expect(stdout).toMatch(/Exit codes:\n +0 .*\n +1 .*\n +2 .*\n +3 /);
});

it("exits 3 when nothing listens there, and says what to do", async () => {
  const { code, stderr } = await mcpctl(["fleet", "--server", "127.0.0.1:1"]);

  expect(code).toBe(3);
  expect(stderr).toBe(
    "cannot reach the control plane at 127.0.0.1:1 (connection refused).\n" +
      "Is it running? `mcpctl up` starts one here; `--server` names another.\n",
  );
});

it("exits 3 when the control plane does not know the token, which it does not show", async () => {
  const result = await mcpctl(["fleet"], { env: { MCPCTL_TOKEN: "mcpgw_operator_wrong" } });

  expect(result).toMatchObject({ code: 3, stdout: "" });
  expect(result.stderr).toContain("the token is not known");
  expect(result.stderr).not.toContain("mcpgw_operator_wrong");
});

it("repeats what a control plane says that cannot do it now, in place of guessing", async () => {
  plane.outage = "Redis does not answer\u001b";

  const [call, stream] = await Promise.all([mcpctl(["fleet"]), mcpctl(["audit", "tail"])]);

  for (const result of [call, stream]) {
    expect(result).toMatchObject({ code: 3, stdout: "" });
    expect(result.stderr).toBe(
      `the control plane at ${plane.address} cannot do this now: Redis does not answer\\x1b\n`,
    );
  }
});

it("names the argument that is missing, and how the command is used", async () => {
  const [agent, approve] = await Promise.all([mcpctl(["agent", "create"]), mcpctl(["approve"])]);

  expect(agent).toMatchObject({ code: 2, stdout: "" });
  expect(agent.stderr).toMatch(/^<id> is missing: .+\nUsage: mcpctl agent create <id>\n/);
  expect(approve.stderr).toMatch(/^<ids\.\.> is missing: .+\nUsage: mcpctl approve <ids\.\.>\n/);
  expect(agent.stderr + approve.stderr).not.toContain("non-option");
});

it.each([
  [["approvals", "list"], "approvals"],
  [["fleet"], "proxies"],
  [["policy", "versions"], "versions"],
])("prints an empty list as one: %s", async (words, field) => {
  const [json, yaml] = await Promise.all([
    mcpctl([...words, "-o", "json"]),
    mcpctl([...words, "-o", "yaml"]),
  ]);

  expect(JSON.parse(json.stdout)).toMatchObject({ [field]: [] });
  expect(yaml.stdout).toContain(`${field}: []\n`);
});

it("takes no token from the command line, and does not repeat it", async () => {
  const [separate, joined, malformed] = await Promise.all([
    mcpctl(["fleet", "--token", "hunter2"]),
    mcpctl(["fleet", "--token=hunter2"]),
    mcpctl(["fleet"], { env: { MCPCTL_TOKEN: "hunter2\u0001" } }),
  ]);

  expect(separate.stderr).toContain("--token-file");
  for (const { code, stderr } of [separate, joined, malformed]) {
    expect(code).toBe(2);
    expect(stderr).not.toContain("hunter2");
  }
});

it("takes the token from a file, before the environment", async () => {
  const file = join(home, "token");
  await writeFile(file, `${token}\n`);

  const result = await mcpctl(["fleet", "--token-file", file], { env: { MCPCTL_TOKEN: "wrong" } });

  expect(result.code).toBe(0);
});

it("does not send the token of a context to another server, unless told to", async () => {
  const env = { MCPCTL_TOKEN: undefined, MCPCTL_SERVER: undefined };
  const set = ["context", "set", "other", "--server", "127.0.0.1:2", "--token-file", "-"];
  expect(await mcpctl(set, { env, stdin: token })).toMatchObject({ code: 0, stdout: "" });

  const withheld = await mcpctl(["fleet", "--server", plane.address], { env });
  expect(withheld.code).toBe(3);
  expect(withheld.stderr).toContain(`is for 127.0.0.1:2 and was not sent to ${plane.address}`);
  const fromEnvironment = await mcpctl(["fleet"], {
    env: { ...env, MCPCTL_SERVER: plane.address },
  });
  expect(fromEnvironment.code).toBe(3);
  expect(plane.authorizations).toEqual(["", ""]);

  const told = await mcpctl(["fleet", "--server", plane.address, "--context", "other"], { env });
  expect(told.code).toBe(0);
});

it("keeps contexts, and lists them without their tokens", async () => {
  const env = { MCPCTL_TOKEN: token, MCPCTL_SERVER: undefined };
  await mcpctl(["context", "set", "here", "--server", plane.address], { env });
  await mcpctl(["context", "set", "there", "--server", "cp.example.com:7500"], { env });

  const list = await mcpctl(["context", "list", "-o", "json"]);
  expect(JSON.parse(list.stdout).contexts).toEqual([
    { name: "here", server: plane.address, current: true },
    { name: "there", server: "cp.example.com:7500", current: false },
  ]);
  expect(
    (await mcpctl(["fleet"], { env: { MCPCTL_SERVER: undefined, MCPCTL_TOKEN: undefined } })).code,
  ).toBe(0);

  const moved = await mcpctl(["context", "set", "here", "--server", "evil.example.com:1"], {
    env: { MCPCTL_TOKEN: undefined },
  });
  expect(moved.code).toBe(2);
  expect(await readFile(join(home, ".config/mcpctl/config.yaml"), "utf8")).not.toContain("evil");
});

it("validates a document without a control plane, from a file or stdin", async () => {
  const env = { MCPCTL_SERVER: "127.0.0.1:1" };
  const file = await writePolicy();

  const [good, wrong] = await Promise.all([
    mcpctl(["policy", "validate", "-f", file], { env }),
    mcpctl(["policy", "validate", "-"], {
      env,
      stdin: `${policyYaml}audit: { results: al }\nx: 1\n`,
    }),
  ]);

  expect(good).toMatchObject({ code: 0, stdout: `${file}: no problems\n`, stderr: "" });
  expect(wrong).toMatchObject({ code: 1, stderr: "stdin: 2 problems\n" });
  expect(wrong.stdout.split("\n").slice(0, 2)).toEqual([
    'stdin:7:10: audit.results: must be one of none, redacted, full, got "al"',
    "stdin:8:1: x: is no field of Policy",
  ]);
});

it("warns of exceptions that have ended, and refuses those from no rule", async () => {
  const withException = (rule: string) =>
    writePolicy(
      `${policyYaml}scanning:\n  exceptions:\n    - { rule: ${rule}, until: "2024-02-29", reason: known }\n`,
    );
  const ended = await mcpctl(["policy", "push", await withException("injection.sql")]);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(
    /policy\.yaml:9:\d+: scanning\.exceptions\[0\]\.until: warning: is past: the exception has ended with 2024-02-29/,
  );
  const unknown = await mcpctl(["policy", "validate", await withException("injection.sqli")]);
  expect(unknown.code).toBe(1);
  expect(unknown.stdout).toMatch(
    /:9:\d+: scanning\.exceptions\[0\]\.rule: names "injection\.sqli"/,
  );
});

it("asks the control plane what it thinks of a document, with lines", async () => {
  plane.problems = [{ path: "rules[0].name", message: "is a word we do not use" }];

  const result = await mcpctl(["policy", "validate", await writePolicy(), "--server-side"]);

  expect(result.code).toBe(1);
  expect(result.stdout).toMatch(/policy\.yaml:6:11: rules\[0\]\.name: is a word we do not use\n$/);
});

it("pushes what it can get again, and refuses what others changed meanwhile", async () => {
  const pushed = await mcpctl(["policy", "push", await writePolicy(), "-m", "why\u001bnot"]);
  expect(pushed).toMatchObject({ code: 0, stderr: "" });
  expect(pushed.stdout).toContain("version 1");

  const got = await mcpctl(["policy", "get", "--version", "1"]);
  expect(got.stdout).toMatch(
    /^# version 1, pushed by alice at 1970-01-01T00:00:00Z: why\\x1bnot\n/,
  );
  const again = await mcpctl(["policy", "push", "-", "--if-version", "1"], { stdin: got.stdout });
  expect(again.code).toBe(0);
  expect(plane.versions[1]?.policy).toEqual(plane.versions[0]?.policy);

  const [late, missing] = await Promise.all([
    mcpctl(["policy", "push", "-", "--if-version", "1"], { stdin: got.stdout }),
    mcpctl(["policy", "get", "--version", "9"]),
  ]);
  expect(late).toMatchObject({ code: 1, stdout: "" });
  expect(late.stderr).toContain("the latest version is 2");
  expect(missing).toMatchObject({ code: 1, stdout: "" });
});

it("prints the problems of a refused push on stderr, and pushes nothing", async () => {
  const result = await mcpctl([
    "policy",
    "push",
    await writePolicy(policyYaml.replace("allow", "alow")),
  ]);

  expect(result).toMatchObject({ code: 1, stdout: "" });
  expect(result.stderr).toMatch(/policy\.yaml:6:59: rules\[0\]\.action: must be one of/);
  expect(plane.versions).toEqual([]);
});

it("waits until every proxy serves what was pushed", async () => {
  plane.fleets = [
    [proxy("p1", 0n), proxy("p2", 0n)],
    [proxy("p1", 1n), proxy("p2", 0n)],
    [proxy("p1", 1n), proxy("p2", 1n)],
  ];

  const result = await mcpctl(["policy", "push", await writePolicy(), "--wait"]);

  expect(result.code).toBe(0);
  expect(result.stderr).toBe("proxy p1 serves version 1\nproxy p2 serves version 1\n");
});

it("names the proxies that refuse a version or do not follow in time", async () => {
  const refusal = { refusedVersion: 1n, problems: ["this release has no limits\u001b[2J"] };
  plane.fleets = [[proxy("p1", 0n, refusal), proxy("p2", 0n), proxy("p3", 1n)]];

  const late = await mcpctl([
    "policy",
    "push",
    await writePolicy(),
    "--wait",
    "--timeout",
    "700ms",
  ]);

  expect(late.code).toBe(1);
  expect(late.stderr).toContain(
    "proxy p1 refuses version 1:\n  this release has no limits\\x1b[2J\n",
  );
  expect(late.stderr).toContain("proxy p2 still serves nothing\n");
  expect(late.stderr).not.toContain("p3 still");
  expect(late.stderr).toContain("after 700ms");
});

it("stops waiting when nobody is left to wait for", async () => {
  plane.fleets = [[proxy("p1", 0n, { refusedVersion: 1n, problems: ["no"] }), proxy("p2", 1n)]];

  const result = await mcpctl(["policy", "push", await writePolicy(), "--wait"]);

  expect(result.code).toBe(1);
  expect(result.stderr).toContain("proxy p1 refuses version 1:\n  no\n");
});

it("shows who serves which version", async () => {
  plane.versions = [create, create].map(() => ({ policy: {} as Policy, message: "" }));
  const refusal = { refusedVersion: 2n, problems: ["what is this"] };
  plane.fleets = [[proxy("a", 2n), proxy("b", 1n), proxy("c", 1n, refusal), proxy("d", 0n)]];

  const { code, stdout } = await mcpctl(["fleet"]);

  expect(code).toBe(0);
  const states = stdout.split("\n").slice(1, 5);
  expect(states.map((line) => line.split(/ +/)[2])).toEqual([
    "serving",
    "behind",
    "refused",
    "connecting",
  ]);
  expect(stdout).toContain("proxy c refuses version 2:\n  what is this\n");
});

it("tells a silent proxy from one that serves, and does not wait for its word in vain", async () => {
  plane.versions = [{ policy: {} as Policy, message: "" }];
  const seen = (agoMs: number) => ({ lastSeenAt: timestampFromMs(Date.now() - agoMs) });
  plane.fleets = [[proxy("p1", 2n, seen(1_000)), proxy("p2", 2n, seen(20_000))]];
  const push = ["policy", "push", await writePolicy(), "--wait", "--timeout", "700ms"];

  const fleet = await mcpctl(["fleet"]);
  expect(fleet.stdout).toMatch(/\np1 +proxy +serving /);
  expect(fleet.stdout).toMatch(/\np2 +proxy +silent for 2\ds /);

  const pushed = await mcpctl(push);
  expect(pushed.code).toBe(1);
  expect(pushed.stderr).toMatch(/^proxy p1 serves version 2\nproxy p2 has not answered for 2\ds;/);
  expect(pushed.stderr).not.toContain("p2 serves");
});

it("shows what is decided before deciding exactly that", async () => {
  plane.approvals = [approval("abc123"), approval("def456")];

  const result = await mcpctl(["approve", "abc", "def", "--reason", "fine"]);

  expect(result.code).toBe(0);
  expect(plane.decisions).toMatchObject([
    { id: "abc123", digest: "digest-of-abc123", approve: true, reason: "fine" },
    { id: "def456", digest: "digest-of-def456", approve: true },
  ]);
  expect(result.stdout).toContain('"path": "/etc/passwd\\u001b[2J"');
  expect(result.stdout).toContain('"amount": 12345678901234567890');
  expect(result.stdout).not.toContain("\u001b");
});

it("refuses to approve what is not what the operator was shown elsewhere", async () => {
  const digest = "0123456789abcdef".repeat(4);
  plane.approvals = [{ ...approval("abc123"), digest }];

  const [short, other, same] = [
    await mcpctl(["approve", "abc", "--digest", "0123"]),
    await mcpctl(["approve", "abc", "--digest", "0123456789abcdee"]),
    await mcpctl(["approve", "abc", "--digest", "0123456789abcdef", "--break-glass"]),
  ];

  expect(short.stderr).toContain("at least 12 hexadecimal digits");
  expect(other.stderr).toContain("that is not what you were shown");
  expect([short.code, other.code, same.code]).toEqual([2, 1, 0]);
  expect(plane.decisions).toMatchObject([{ id: "abc123", digest, breakGlass: true }]);
});

it("shows who may decide, what was before, what changed, and who was told", async () => {
  plane.approvals = [approval("abc123")];
  plane.details = {
    deciders: { groups: ["dba"], denials: 2, owner: "carol" },
    history: {
      records: 50,
      outcomes: { ok: 3 },
      otherCalls: 1,
      lastApproved: "xyz789",
      lastArguments: '{"path":"/etc/hosts","mode":1,"amount":12345678901234567890}',
    },
    deliveries: [{ notifier: "hook", kind: "requested", state: "failed", detail: "HTTP 404" }],
  };

  const shown = await mcpctl(["approvals", "show", "abc"]);
  const json = JSON.parse((await mcpctl(["approvals", "show", "abc", "-o", "json"])).stdout);

  for (const words of [
    "dba",
    "2 end it",
    "carol, whose agent it is",
    "3 ok of this tool, 1 of others (in the newest 50 records)",
    '- /path "/etc/hosts"',
    '+ /path "/etc/passwd\\u001b[2J"',
    "- /mode 1",
    "requested to hook: failed",
    "HTTP 404",
  ]) {
    expect(shown.stdout).toContain(words);
  }
  expect(json).toMatchObject({ id: "abc123", deciders: { groups: ["dba"] } });
});

it("waits until a call is decided, and fails unless it is approved", async () => {
  plane.approvals = [approval("abc123"), { ...approval("def456"), state: ApprovalState.DENIED }];
  const waiting = mcpctl(["approvals", "wait", "abc"]);
  await vi.waitFor(() => expect(plane.looks).toBeGreaterThan(1), { timeout: 10_000 });
  plane.approvals[0] = { ...approval("abc123"), state: ApprovalState.APPROVED };

  expect(await waiting).toMatchObject({ code: 0, stdout: "approved\n" });
  expect(await mcpctl(["approvals", "wait", "def"])).toMatchObject({ code: 1, stdout: "denied\n" });
  const patience = await mcpctl(["approvals", "wait", "def", "--for", "1s"]);
  expect(patience.stderr).toContain("def456 is denied");
});

it("takes an approval back, reviews one, and says who you are", async () => {
  plane.approvals = [{ ...approval("abc123"), state: ApprovalState.APPROVED }];

  const revoked = await mcpctl(["approvals", "revoke", "abc", "--reason", "too early"]);
  const reviewed = await mcpctl(["approvals", "review", "abc", "--reason", "fine"]);
  const whoami = await mcpctl(["operator", "whoami"]);

  expect(revoked.stdout).toBe("abc123 is revoked\n");
  expect(reviewed.stdout).toBe("abc123 is reviewed\n");
  expect(whoami.stdout).toMatch(/operator: +olga\nrole: +approver\ngroups: +dba/);
});

it("decides the others when one cannot be decided, and fails", async () => {
  plane.approvals = [approval("abc123"), { ...approval("def456"), requireReason: true }];

  const result = await mcpctl(["approve", "nope", "def", "abc", "-o", "json"]);

  expect(result.code).toBe(1);
  expect(JSON.parse(result.stdout).approvals).toMatchObject([
    { id: "abc123", state: "APPROVAL_STATE_APPROVED" },
  ]);
  expect(result.stderr).toContain("nope");
  expect(plane.decisions).toHaveLength(1);
});

it("says so when nobody may decide a held call, or too few", async () => {
  plane.approvals = [
    { ...approval("abc123"), approverGroups: ["dba", "sre"] },
    { ...approval("def456"), quorum: 2 },
    { ...approval("ghi789"), agent: "Root" },
    approval("jkl012"),
  ];

  const [listed, shown] = await Promise.all([
    mcpctl(["approvals", "list"]),
    mcpctl(["approvals", "show", "abc"]),
  ]);

  expect(listed.stderr.split("\n")).toEqual([
    "note: abc123 can be decided by nobody: there is no other approver or admin in group dba or sre. `mcpctl operator create NAME --role approver --group dba` makes one.",
    "note: def456 needs 2 more approvals, and only 1 of the operators may give one. `mcpctl operator create NAME --role approver` makes one.",
    "note: ghi789 can be decided by nobody: there is no other approver or admin. `mcpctl operator create NAME --role approver` makes one.",
    "",
  ]);
  expect(shown).toMatchObject({ code: 0, stderr: `${listed.stderr.split("\n")[0]}\n` });
});

it("lists what is held, and only that unless asked", async () => {
  plane.approvals = [approval("abc123"), { ...approval("def456"), state: ApprovalState.EXPIRED }];

  const [pending, all] = await Promise.all([
    mcpctl(["approvals", "list"]),
    mcpctl(["approvals", "list", "--state", "all", "-o", "json"]),
  ]);

  expect(pending.stdout).toMatch(
    /^ID .*\nabc123 +pending +analyst-1 +files\/write_file .* in \d+m/,
  );
  expect(pending.stdout).not.toContain("def456");
  expect(JSON.parse(all.stdout).approvals).toHaveLength(2);
});

it("lists who decided what", async () => {
  const decisions = [{ operator: "olga", approve: true, breakGlass: true }];
  plane.approvals = [
    { ...approval("abc123"), state: ApprovalState.SUCCEEDED, decisions },
    approval("def456"),
  ];

  const { stdout } = await mcpctl(["approvals", "history"]);

  expect(stdout).toMatch(/abc123 +succeeded +analyst-1 +files\/write_file +olga \(break-glass\)/);
  expect(stdout).not.toContain("def456");
});

it("offers the held approvals to the shell's completion", async () => {
  plane.approvals = [approval("abc123")];

  const { stdout } = await mcpctl(["--get-yargs-completions", "mcpctl", "approve", ""]);

  expect(stdout.trim()).toBe("abc123");
});

describe("the records of a producer", () => {
  const key = CheckpointKey.ephemeral();
  const written = () => {
    const chain = new RecordChain({ producer: "proxy-1" });
    const checkpoints = new Checkpoints(chain, key);
    const records = [
      checkpoints.start(undefined, []),
      ...["a", "b", "c"].map((agent) => chain.add({ event: "request", agent: `${agent}\u202e` })),
      checkpoints.stop(),
    ];
    return records.map(({ text }, index) => ({ entry: `${index + 1}-0`, json: text }));
  };
  beforeEach(() => {
    plane.lines = written();
    const { keyId, publicKey } = key;
    plane.auditKeys = [{ keyId, publicKey, producer: "proxy-1" }];
  });

  it("are verified in the stream, and offline in an export", async () => {
    const verified = await mcpctl(["audit", "verify"]);
    expect(verified.stdout).toContain("5 records, 0 of them repeats: nothing was removed");
    expect(verified.code).toBe(0);

    const folder = await mkdtemp(join(tmpdir(), "mcpgw-audit-"));
    const file = join(folder, "audit.ndjson");
    const keys = join(folder, "keys.json");
    const { stdout } = await mcpctl(["audit", "export"]);
    await writeFile(file, stdout);
    await writeFile(keys, (await mcpctl(["audit", "keys", "-o", "json"])).stdout);
    const offline = ["audit", "verify", "--file", file, "--keys", keys, "--server", "127.0.0.1:1"];
    expect(await mcpctl(offline)).toMatchObject({ code: 0 });

    await writeFile(file, stdout.split("\n").toSpliced(2, 1).join("\n"));
    const cut = await mcpctl(offline);
    expect(cut.code).toBe(1);
    expect(cut.stdout).toContain("removed at line 3: record 3 of proxy-1");
    expect(cut.stderr).toContain("the first at line 3");
  });

  it("are found wanting where one was changed in the stream", async () => {
    plane.lines = plane.lines.with(2, {
      entry: "3-0",
      json: (plane.lines[2]?.json ?? "").replace('"b', '"mallory'),
    });
    const { code, stdout } = await mcpctl(["audit", "verify", "--from", "24h"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/changed at entry 3-0: record 3 of proxy-1 .* is not as its hash says/);
  });

  it("that began and did not end are listed", async () => {
    plane.records = [{ event: "call.intent", agent: "a", callId: "c1" }];
    const { stdout } = await mcpctl(["audit", "orphans", "--from", "7d", "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ event: "call.intent", callId: "c1" });
    expect(await mcpctl(["audit", "orphans", "--from", "lately"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("a time is like 2026-11-22T08:00:00Z"),
    });
  });
});

it("prints audit records as one JSON object per line", async () => {
  plane.records = [1, 2].map((sequence) => ({
    id: `r${sequence}`,
    sequence,
    event: "call.outcome",
    arguments: { kind: { case: "stringValue", value: "two\nlines \u001b" } },
  }));

  const { code, stdout } = await mcpctl(["audit", "tail", "-n", "5", "--agent", "a", "-o", "json"]);

  expect(code).toBe(0);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([{ id: "r1", arguments: "two\nlines \u001b" }, { id: "r2" }]);
  expect(plane.tails).toMatchObject([{ last: 5, agent: "a", follow: false }]);
});

it("prints everything to a reader that is slow, without a word on stderr", async () => {
  plane.records = Array.from({ length: 5_000 }, (_, index) => ({
    id: `r${index}`,
    event: "x".repeat(500),
  }));
  const child = start(["audit", "tail", "-o", "json"]);
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  let length = 0;
  child.stdout.on("data", (chunk) => {
    length += String(chunk).split("\n").length - 1;
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), 5);
  });

  const [code] = await once(child, "close");

  expect({ code, stderr, length }).toEqual({ code: 0, stderr: "", length: 5_000 });
});

it("follows the audit stream until Ctrl-C, then leaves cleanly", async () => {
  plane.records = [{ id: "r1", event: "call.intent", time: timestampFromMs(Date.now()) }];
  const child = start(["audit", "tail", "-f"]);
  let stdout = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));

  await vi.waitFor(() => expect(stdout).toContain("call.intent"), 10_000);
  plane.records.push({ id: "r2", event: "call.outcome", time: timestampFromMs(Date.now()) });
  await vi.waitFor(() => expect(stdout).toContain("call.outcome"), 10_000);
  child.kill("SIGINT");

  expect(await once(child, "close")).toEqual([0, null]);
  await vi.waitFor(() => expect(plane.openTails).toBe(0));
});

it("stops following, and says why, when its operator is revoked", async () => {
  plane.records = [{ id: "r1", event: "call.intent", time: timestampFromMs(Date.now()) }];
  const child = start(["audit", "tail", "-f"]);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (output.stdout += chunk));
  child.stderr.on("data", (chunk) => (output.stderr += chunk));
  await vi.waitFor(() => expect(output.stdout).toContain("call.intent"), 10_000);

  plane.revoked = true;

  expect(await once(child, "close")).toEqual([3, null]);
  expect(output.stderr).toContain("no operator has this token");
});

it("stops following when the reader closes the pipe", async () => {
  plane.records = [{ id: "r0", time: timestampFromMs(Date.now()) }];
  const child = start(["audit", "tail", "-f"]);
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  await once(child.stdout, "data");
  child.stdout.destroy();
  const feeding = setInterval(() => {
    plane.records.push({ id: `r${plane.records.length}`, time: timestampFromMs(Date.now()) });
  }, 20);

  const [code] = await once(child, "close");
  clearInterval(feeding);

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

it("comes back when the control plane restarts, and shows no record twice", async () => {
  const restarting = await new FakeControlPlane().start();
  const now = Date.now();
  const record = (id: string, atMs: number) => ({
    id,
    event: `event-${id}`,
    time: timestampFromMs(atMs),
  });
  restarting.records = [record("shown", now)];
  const child = start(["audit", "tail", "-f", "--server", restarting.address]);
  let stdout = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  await vi.waitFor(() => expect(stdout).toContain("event-shown"), 10_000);

  await restarting.stop();
  restarting.records = [
    record("older", now - 60_000),
    record("shown", now),
    record("missed", now + 1),
  ];
  await restarting.start(restarting.address);
  await vi.waitFor(() => expect(stdout).toContain("event-missed"), 10_000);
  child.kill("SIGINT");
  await once(child, "close");
  await restarting.stop();

  expect(stdout.match(/event-\w+/g)).toEqual(["event-shown", "event-missed"]);
});

it("prints a new key or token alone on stdout, once", async () => {
  const [agent, operator, json] = await Promise.all([
    mcpctl(["agent", "create", "a1", "--group", "x", "--group", "y", "--expires", "30d"]),
    mcpctl(["operator", "create", "bob", "--role", "policy-admin"]),
    mcpctl(["agent", "create", "--group", "x", "a1", "-o", "json"]),
  ]);

  expect(agent).toMatchObject({ code: 0, stdout: "key-of-a1\n" });
  expect(agent.stderr).toContain("not stored");
  expect(operator).toMatchObject({ code: 0, stdout: "token-of-bob\n" });
  expect(JSON.parse(json.stdout)).toMatchObject({
    key: "key-of-a1",
    agent: { id: "a1", groups: ["x"] },
  });
});

it("exits 1 when the control plane refuses, with its words", async () => {
  const [agent, operator] = await Promise.all([
    mcpctl(["agent", "revoke", "nobody"]),
    mcpctl(["operator", "revoke", "root"]),
  ]);

  expect(agent).toMatchObject({ code: 1, stdout: "" });
  expect(agent.stderr).toContain("there is no agent nobody");
  expect(operator.stderr).toContain("root is the last admin");
});
