import { parentPort, workerData } from "node:worker_threads";
import { isReadAlike } from "../../mcp/json-guard.ts";
import { Inspector } from "../inspector.ts";
import { editsBetween } from "./edits.ts";
import type { ScanDone, ScanJob } from "./scan-job.ts";
import { fromSent } from "./sent-settings.ts";

/** Looks through one message after the other, in a thread of its own. */
const inspector = new Inspector({ redactionKey: Buffer.from(workerData as Uint8Array) });

parentPort?.on("message", ({ id, bytes, settings, carry }: ScanJob) => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const message: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
  const verdict = inspector.inspectMessage({ message, settings: fromSent(settings), carry });
  const edits = verdict.kind === "redacted" ? editsBetween(message, verdict.value) : [];
  const sent = "value" in verdict ? { ...verdict, value: undefined } : verdict;
  const done: ScanDone = { id, verdict: sent, edits, isAsRead: isReadAlike(text) };
  parentPort?.postMessage(done);
});
