import { timestampMs } from "@bufbuild/protobuf/wkt";
import { subjectOf } from "../../core/audit/formats/meaning.ts";
import {
  type FoundRecord,
  parseRecord,
  textAt,
  timeMsOf,
} from "../../core/audit/formats/read-record.ts";
import type { AuditFilter } from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";

type Test = (record: FoundRecord) => boolean;

/** Whether records of the stream are those that somebody looks for. */
export class RecordFilter {
  readonly #tests: readonly Test[];
  /** What the text of every record that matches holds. */
  readonly #words: readonly string[];
  readonly #anyCase: string;
  readonly #period: { readonly fromMs: number | undefined; readonly toMs: number | undefined };

  constructor(filter: AuditFilter | undefined) {
    this.#tests = testsOf(filter);
    this.#period = {
      fromMs: filter?.from && timestampMs(filter.from),
      toMs: filter?.to && timestampMs(filter.to),
    };
    this.#words = wordsOf(filter);
    this.#anyCase = written(filter?.text ?? "").toLowerCase();
  }

  /** Only where the text leaves no doubt what the record's time is. */
  #isOfAnotherTime(text: string): boolean {
    const { fromMs, toMs } = this.#period;
    if (fromMs === undefined && toMs === undefined) return false;
    const at = text.indexOf('"time":"');
    // A field of that name elsewhere, or one that is written with escapes, may be the record's own.
    const isClear = at >= 0 && text.indexOf('"time"', at + 1) < 0 && text.indexOf('"time"') === at;
    if (!isClear || text.includes("\\u")) return false;
    const timeMs = Date.parse(text.slice(at + 8, at + 32));
    return timeMs < (fromMs ?? timeMs) || timeMs > (toMs ?? timeMs);
  }

  /** The record of an entry, if it matches. Most are ruled out by their text, which is much quicker than parsing them. */
  match(text: string, entryId: string): FoundRecord | undefined {
    if (!this.#words.every((word) => text.includes(word))) return undefined;
    if (this.#anyCase !== "" && !text.toLowerCase().includes(this.#anyCase)) return undefined;
    if (this.#isOfAnotherTime(text)) return undefined;
    const record = parseRecord(text, entryId);
    return this.#tests.every((test) => test(record)) ? record : undefined;
  }
}

function testsOf(filter: AuditFilter | undefined): readonly Test[] {
  if (!filter) return [];
  const { from, to, agent, tool, outcome, rule, approval, event, operator, id } = filter;
  const is =
    (wanted: string, ...path: readonly string[]): Test =>
    (record) =>
      textAt(record, ...path) === wanted;
  const wanted: readonly (readonly [unknown, Test])[] = [
    [from, (it) => timeMsOf(it) >= (from ? timestampMs(from) : 0)],
    [to, (it) => timeMsOf(it) <= (to ? timestampMs(to) : 0)],
    [agent, is(agent, "agent")],
    [tool, (it) => textAt(it, "tool") === tool || subjectOf(it) === tool],
    [outcome, is(outcome, "outcome")],
    [rule, is(rule, "decision", "rule")],
    [approval, is(approval, "approval", "id")],
    [event, is(event, "event")],
    [operator, is(operator, "operator")],
    [id, (it) => textAt(it, "callId") === id || textAt(it, "id") === id],
    [filter.held, (it) => textAt(it, "approval", "id") !== ""],
    [filter.acts, isAct],
  ];
  // What is empty or absent is not looked at.
  return wanted.filter(([value]) => Boolean(value)).map(([, test]) => test);
}

/** Intents are left out: what came of them is a record, too. */
function isAct(record: FoundRecord): boolean {
  return textAt(record, "operator") !== "" && textAt(record, "event") !== "act.intent";
}

function wordsOf(filter: AuditFilter | undefined): readonly string[] {
  if (!filter) return [];
  const { agent, tool, outcome, rule, approval, event, operator, id } = filter;
  const named = [agent, tool.split("/").at(-1) ?? "", outcome, rule, approval, event, operator, id];
  return [
    ...named.filter((it) => it !== "").map(written),
    ...(filter.held ? ['"approval":'] : []),
    ...(filter.acts ? ['"operator":'] : []),
  ];
}

/** As a text stands in JSON, without the quotes. */
function written(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
