import { expect, it } from "vitest";
import { Orphans } from "./orphans.ts";

const nowMs = 1_000_000_000;

it("tells intents of processes that live from those of processes that are gone", () => {
  const orphans = new Orphans();
  const line = (ms: number, bootId: string, event: string, callId?: string) =>
    orphans.take({
      entry: `${ms}-0`,
      json: JSON.stringify({ bootId, ...(callId && { callId }), event }),
    });
  line(nowMs - 900_000, "killed", "call.intent", "c1");
  line(nowMs - 900_000, "stopped", "call.intent", "c2");
  line(nowMs - 900_000, "living", "call.intent", "c3");
  line(nowMs - 60_000, "stopped", "audit.stopped");
  line(nowMs - 60_000, "living", "audit.checkpoint");

  const found = orphans.since(nowMs).map((it) => orphans.processLives(it, nowMs));

  expect(found).toEqual([false, false, true]);
});
