import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { Load, LoadResult } from "./calls-load.ts";
import { cpuMsOf, startGateway, startScript } from "./processes.ts";

/** What a gateway writes while agents call as fast as they are answered. */
export interface LiveRate {
  readonly callsPerSecond: number;
  readonly recordsPerSecond: number;
  /** Of the proxy's processor, whatever else the machine does. */
  readonly recordsPerCpuSecond: number;
}

const slice = { inFlight: 64, calls: 3_000 };
const slices = 5;

/** Measures a whole gateway with one proxy under full load: upstream, load and Redis share this machine with it. */
export async function measureLiveRate(): Promise<LiveRate> {
  const lifecycle = new Lifecycle();
  try {
    const upstream = await startScript(lifecycle, "calls-upstream");
    const gateway = await startGateway(lifecycle, {
      apiVersion: "mcpgateway/v1",
      kind: "Policy",
      metadata: { name: "bench" },
      upstreams: [
        { name: "bench", url: `http://127.0.0.1:${upstream.port}/mcp`, maxConcurrent: 1_000 },
      ],
      routes: [{ path: "/mcp", upstreams: ["bench"] }],
      rules: [{ name: "bench", match: { tools: ["bench/bench"] }, action: Action.ALLOW }],
    });
    const { key } = await gateway.operator.call(AgentService.method.createAgent, { id: "agent-0" });
    const { child } = await startScript(lifecycle, "calls-load");
    const redis = connectRedis(gateway.redisUrl, "durable", () => {});
    lifecycle.use("Redis", redis, (it) => it.disconnect());
    const run = () =>
      new Promise<LoadResult>((resolve, reject) => {
        child.once("exit", () => reject(new Error("the load ended")));
        child.once("message", (result) => resolve(result as LoadResult));
        child.send({ port: gateway.port, path: "/mcp", key, ...slice } satisfies Load);
      });
    // Until the compiler of V8 and the pools are warm.
    await run();
    const before = await redis.xlen(redisKeys.auditStream);
    const cpuBeforeMs = cpuMsOf(gateway.pid);
    let seconds = 0;
    for (let count = 0; count < slices; count += 1) seconds += (await run()).seconds;
    const records = (await redis.xlen(redisKeys.auditStream)) - before;
    return {
      callsPerSecond: (slices * slice.calls) / seconds,
      recordsPerSecond: records / seconds,
      recordsPerCpuSecond: (records * 1_000) / (cpuMsOf(gateway.pid) - cpuBeforeMs),
    };
  } finally {
    await lifecycle.close();
  }
}
