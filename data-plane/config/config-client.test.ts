import { ServerCredentials } from "@grpc/grpc-js";
import { afterEach, expect, it, vi } from "vitest";
import { GrpcServer } from "../../core/grpc/serve.ts";
import { createLog } from "../../core/service/log.ts";
import {
  ConfigService,
  type StreamConfigRequest,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import { followConfig } from "./config-client.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

it("shows the key of its audit checkpoints at its hello, and another one with a sign of life", async () => {
  const shown: string[] = [];
  const server = new GrpcServer({ onError: () => {} }).add(ConfigService, {
    async *streamConfig(requests: AsyncIterable<StreamConfigRequest>) {
      for await (const { event } of requests) {
        if (event.case !== "hello" && event.case !== "heartbeat") continue;
        shown.push(`${event.case} ${event.value.auditKey}`);
      }
      yield {};
    },
  });
  const port = await server.listen("127.0.0.1:0", ServerCredentials.createInsecure());
  closers.push(() => server.close());
  let auditKey = "old";
  const stop = followConfig({
    address: `127.0.0.1:${port}`,
    joinToken: "join",
    log: createLog("test", "silent"),
    heartbeatMs: 20,
    hello: () => ({ proxyId: "proxy-1", auditKey }),
    applySnapshot: () => [],
  });
  closers.push(stop);

  await vi.waitFor(() => expect(shown[0]).toBe("hello old"), 5_000);
  auditKey = "new";
  await vi.waitFor(() => expect(shown.at(-1)).toBe("heartbeat new"), 5_000);
});
