import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import {
  SnapshotSchema,
  StreamConfigRequestSchema,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import { ProxyStream } from "./proxy-stream.ts";

it("sends the next version to a proxy that does not answer, after a while", () => {
  const given = streamOf(1n);
  expect(given.stream.next()?.content).toMatchObject({ case: "snapshot", value: { version: 1n } });
  given.version = 2n;
  expect(given.stream.next()).toBeUndefined();

  given.nowMs += 31_000;

  expect(given.stream.next()?.content).toMatchObject({ value: { version: 2n } });
});

it("believes an answer once, and no answer to an earlier sending", () => {
  const given = streamOf(1n);
  const first = given.stream.next()?.nonce ?? "";
  given.nowMs += 31_000;
  given.version = 2n;
  const second = given.stream.next()?.nonce ?? "";

  expect(given.stream.take(ack(first, 1n))).toEqual({});
  expect(given.stream.take(ack(second, 2n))).toMatchObject({ servingVersion: 2 });
  expect(given.stream.take(ack(second, 2n))).toEqual({});
});

it("cuts what a proxy has to say about its problems", () => {
  const given = streamOf(1n);
  const nonce = given.stream.next()?.nonce ?? "";
  const problems = Array.from({ length: 1_000 }, () => "x".repeat(10_000));
  const value = { nonce, version: 1n, problems };

  const report = given.stream.take(
    create(StreamConfigRequestSchema, { event: { case: "nack", value } }),
  );

  expect(report.refusedVersion).toBe(1);
  expect(JSON.stringify(report.problems).length).toBeLessThan(30_000);
});

function streamOf(version: bigint) {
  const given = { version, nowMs: 0 };
  const config = {
    agents: undefined,
    pins: () => [],
    freezes: undefined,
    proxies: undefined,
    get snapshot() {
      return create(SnapshotSchema, { version: given.version });
    },
  };
  return Object.assign(given, { stream: new ProxyStream(config, { now: () => given.nowMs }) });
}

function ack(nonce: string, version: bigint) {
  return create(StreamConfigRequestSchema, {
    event: { case: "ack", value: { nonce, version } },
  });
}
