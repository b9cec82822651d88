import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ProxyRecordSchema } from "../../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import { FleetWatch, silenceIn } from "./silence.ts";

const startMs = 1_800_000_000_000;

beforeEach(() => void vi.useFakeTimers({ now: startMs }));
afterEach(() => vi.useRealTimers());

const seenAt = (id: string, ms: number) =>
  create(ProxyRecordSchema, { id, lastSeenAt: timestampFromMs(ms) });

it("begins 12 s after a proxy was heard of", () => {
  const [lately, long] = [seenAt("p1", startMs - 12_000), seenAt("p2", startMs - 13_000)];

  const silenceOf = silenceIn([lately, long]);

  expect([silenceOf(lately), silenceOf(long)]).toEqual([undefined, 13_000]);
});

it.each([
  ["ahead", 3_600_000],
  ["behind", -3_600_000],
])("is told by the others where this machine's clock is %s", (_, aheadMs) => {
  const nowMs = startMs - aheadMs;
  const [lately, long] = [seenAt("p1", nowMs - 1_000), seenAt("p2", nowMs - 20_000)];

  const silenceOf = silenceIn([lately, long]);

  expect([silenceOf(lately), silenceOf(long)]).toEqual([undefined, 19_000]);
});

it("is no silence of a proxy that is heard of while we watch, whatever the clocks say", () => {
  const watch = new FleetWatch();
  const proxy = seenAt("p1", startMs - 20_000);
  watch.look([proxy]);
  expect(watch.silenceOf(proxy)).toBe(20_000);

  vi.advanceTimersByTime(5_000);
  watch.look([seenAt("p1", startMs - 15_000)]);
  expect(watch.silenceOf(proxy)).toBeUndefined();

  vi.advanceTimersByTime(13_000);
  watch.look([seenAt("p1", startMs - 15_000)]);
  expect(watch.silenceOf(proxy)).toBe(13_000);
});

it("is remembered of a proxy that is not listed any more, but not of one that said goodbye", () => {
  const watch = new FleetWatch();
  const [silent, leaving] = [seenAt("p1", startMs - 25_000), seenAt("p2", startMs)];
  watch.look([silent, leaving]);

  vi.advanceTimersByTime(10_000);

  expect(watch.look([]).map(({ id }) => id)).toEqual(["p1"]);
  expect(watch.silenceOf(silent)).toBe(35_000);
});
