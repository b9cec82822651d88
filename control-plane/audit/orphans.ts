import type { AuditRecord } from "../../core/audit/record.ts";
import type { StreamLine } from "./stream-pages.ts";

/** Intents whose end is further away than so many others are not looked for: memory has a bound. */
const maxOpen = 200_000;

const intentPattern = /"event":"(?:call|act)\.intent"/;
const bootPattern = /"bootId":"([^"\\]{1,128})"/;
/** A process signs a checkpoint each minute. */
const silentAfterMs = 180_000;
const callIdPattern = /"callId":"([^"\\]{1,128})"/;

/** Finds intents without an end: a call or an act that began, and of whose end nobody wrote a record. */
export class Orphans {
  readonly #open = new Map<string, StreamLine>();
  /** When each process wrote last, in ms; those that said that they end are not here. */
  readonly #lastSigns = new Map<string, number>();

  take(line: StreamLine): void {
    this.#noteSign(line);
    // Every record of every call comes by here: most are told apart by their text, which is much quicker than parsing them.
    const callId = callIdPattern.exec(line.json)?.[1];
    if (callId === undefined) return;
    if (!intentPattern.test(line.json)) {
      if (this.#open.has(callId) && isEnd(line)) this.#open.delete(callId);
      return;
    }
    this.#open.set(callId, line);
    if (this.#open.size > maxOpen) this.#open.delete(this.#open.keys().next().value ?? "");
  }

  /** Whether the process that wrote a record lives, as far as its records show. */
  processLives({ json }: StreamLine, nowMs: number): boolean {
    const sign = this.#lastSigns.get(bootPattern.exec(json)?.[1] ?? "");
    return sign !== undefined && nowMs - sign < silentAfterMs;
  }

  #noteSign({ entry, json }: StreamLine): void {
    const boot = bootPattern.exec(json)?.[1];
    if (boot === undefined) return;
    if (json.includes('"event":"audit.stopped"')) this.#lastSigns.delete(boot);
    else this.#lastSigns.set(boot, Number(entry.split("-")[0]));
  }

  /** Those that began before a moment, oldest first. */
  since(beforeMs: number): StreamLine[] {
    return [...this.#open.values()].filter(({ entry }) => Number(entry.split("-")[0]) < beforeMs);
  }
}

/** Notes of what happened on the way, such as that people were asked, share the call's id. */
function isEnd({ json }: StreamLine): boolean {
  try {
    const { event, outcome } = JSON.parse(json) as AuditRecord;
    return event === "call.outcome" || outcome !== undefined;
  } catch {
    return false;
  }
}
