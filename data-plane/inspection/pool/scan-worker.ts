import { parentPort, workerData } from "node:worker_threads";
import { boundValue } from "../../../core/audit/bound-value.ts";
import { isReadAlike } from "../../mcp/json-guard.ts";
import { partOf } from "../../mcp/message-part.ts";
import { newCarry } from "../carry.ts";
import { Inspector } from "../inspector.ts";
import { editsBetween } from "./edits.ts";
import { Remembered } from "./remembered.ts";
import type { Recorded, ScanDone, ScanJob, ScanTask, Seen, Source } from "./scan-job.ts";
import { readSecret, readSettings, type SentSecret } from "./sent-settings.ts";

/** Looks through one value after the other, in a thread of its own. */
const inspector = new Inspector(readSecret(workerData as SentSecret));

const settingsOf = new Remembered(readSettings);
/** The same schema must be the same object: what was made of it is remembered by that. */
const schemaOf = new Remembered((text) => JSON.parse(text) as unknown);

parentPort?.on("message", ({ id, task }: ScanJob) => {
  const done = task.kind === "record" ? record(task) : look(task);
  parentPort?.postMessage({ id, done } satisfies ScanDone);
});

function record({ source, showing, maxBytes }: Extract<ScanTask, { kind: "record" }>): Recorded {
  const { value } = read(source);
  if (!showing) return { shown: boundValue(value, maxBytes) };
  const scans = showing.scans.map((it) => settingsOf.get(it));
  const shown = inspector.redactorFor({ ...showing, scans }).redact(value);
  return { shown: boundValue(shown, maxBytes) };
}

function look(task: Exclude<ScanTask, { kind: "record" }>): Seen {
  const settings = settingsOf.get(task.settings);
  const { value, text } = read(task.source);
  const carry = task.kind === "message" ? task.carry : newCarry();
  const scope = task.scope ? { scope: task.scope } : {};
  const verdict =
    task.kind === "message"
      ? inspector.inspectMessage({
          message: value,
          settings,
          carry,
          ...scope,
          ...(task.keep && { keep: task.keep }),
        })
      : inspector.inspectArguments({
          arguments: value as Readonly<Record<string, unknown>>,
          settings,
          ...scope,
          ...(task.tokens && { tokens: task.tokens }),
          ...(task.inputSchema !== undefined && { inputSchema: schemaOf.get(task.inputSchema) }),
        });
  const changed = "value" in verdict;
  const edits = changed ? editsBetween(value, verdict.value) : [];
  const sent = changed ? { ...verdict, value: undefined } : verdict;
  const isAsRead = task.kind === "message" && text !== undefined && isReadAlike(text);
  return { verdict: sent, edits, isAsRead, carry };
}

function read(source: Source): { readonly value: unknown; readonly text?: string } {
  if ("value" in source) return source;
  const { bytes, part } = source;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const message: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
  return { value: part ? partOf(message, part) : message, text };
}
