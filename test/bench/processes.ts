import { type ChildProcess, fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ServerCredentials } from "@grpc/grpc-js";
import { waitUntil } from "../../cli/up/wait.ts";
import { createControlPlane } from "../../control-plane/control-plane.ts";
import { readSettings } from "../../control-plane/settings.ts";
import { GrpcClient } from "../../core/grpc/client.ts";
import { createToken } from "../../core/secrets/tokens.ts";
import type { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import type { PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { PolicyService } from "../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { startRedis } from "../support/redis.ts";

/** Something that is measured: a process of its own that listens. */
export interface Measured {
  readonly port: number;
  readonly pid: number;
}

/** A script that runs, to be spoken to. */
export interface StartedScript extends Measured {
  readonly child: ChildProcess;
}

/** A gateway whose one proxy is measured. */
export interface MeasuredGateway extends StartedScript {
  readonly operator: GrpcClient;
  readonly redisUrl: string;
}

const root = join(import.meta.dirname, "../..");
const log = createLog("bench", "silent");
const tickMs = 10;

/** Starts a script of this folder, which tells its port. */
export async function startScript(
  lifecycle: Lifecycle,
  name: string,
  ...args: string[]
): Promise<StartedScript> {
  const child = fork(join(import.meta.dirname, `${name}.ts`), args);
  lifecycle.use(name, child, stop);
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (told) => resolve(told as number));
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return { port, pid: child.pid ?? 0, child };
}

/** Starts a whole gateway whose one proxy is a process of its own, and serves the policy. */
export async function startGateway(
  lifecycle: Lifecycle,
  policy: MessageInitShape<typeof PolicySchema>,
  proxy: { readonly env?: Readonly<Record<string, string>>; readonly preload?: URL } = {},
): Promise<MeasuredGateway> {
  const redis = lifecycle.use("redis", await startRedis({ durable: true }), (it) => it.stop());
  const joinToken = createToken("join-token");
  const token = createToken("operator-token");
  const shared = { MCPGW_REDIS_URL: redis.url, MCPGW_JOIN_TOKEN: joinToken };
  const settings = readSettings({ ...shared, MCPGW_BOOTSTRAP_OPERATOR_TOKEN: token });
  const parts = { settings, producer: "bench", log, env: {} };
  const server = await createControlPlane(parts, lifecycle);
  lifecycle.use("grpc server", server, (it) => it.close());
  const grpcPort = await server.listen("127.0.0.1:0", ServerCredentials.createInsecure());
  const address = `127.0.0.1:${grpcPort}`;
  const operator = lifecycle.use("operator", new GrpcClient({ address, token }), (it) =>
    it.close(),
  );
  const { accepted, problems } = await operator.call(PolicyService.method.pushPolicy, { policy });
  if (!accepted) throw new Error(`the policy was refused: ${JSON.stringify(problems)}`);

  const port = await freePort();
  const env = {
    ...shared,
    MCPGW_PROXY_ID: "proxy-1",
    MCPGW_CONTROL_PLANE_ADDRESS: address,
    MCPGW_PORT: String(port),
    MCPGW_LOG_LEVEL: "error",
    ...proxy.env,
  };
  const execArgv = proxy.preload ? ["--import", proxy.preload.href] : [];
  const child = fork(join(root, "data-plane/main.ts"), { env, execArgv });
  lifecycle.use("proxy", child, stop);
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  if (!(await waitUntil(isReady, { deadlineMs: 10_000, everyMs: 20 }))) {
    throw new Error("the proxy serves no policy after 10 s");
  }
  return { port, pid: child.pid ?? 0, child, operator, redisUrl: redis.url };
}

/** Milliseconds that a process has used of the processor (proc(5), stat: utime and stime). Linux only. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) * tickMs;
}

/** Mebibytes that a process takes beyond those it has now, at the most, while something runs. Linux only. */
export async function peakGrowth(pid: number, run: () => Promise<unknown>): Promise<number> {
  // Sets the peak back to what is in use (proc(5), clear_refs).
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const before = memoryOf(pid, "VmRSS");
  await run();
  return (memoryOf(pid, "VmHWM") - before) / 1_024;
}

function memoryOf(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]);
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}
