import type { Pointer } from "./value-walk.ts";

/**
 * The end of what an upstream has said so far in one call, so that what it splits over several messages is found.
 * One for each call or stream; the inspector changes it.
 */
export interface Carry {
  /** Of all that was said. */
  tail: string;
  /** By the kind of place it was said in: what lies between may be of another kind. */
  readonly tails?: Map<SpokenPlace, string>;
}

/** Where a model, or a person, reads one text after the other as one. */
export type SpokenPlace = "log" | "progress" | "asked" | "content";

/** Nothing said yet. */
export function newCarry(): Carry {
  return { tail: "", tails: new Map() };
}

/** No secret but a private key is longer, and no instruction needs more. */
export const longestTail = 512;

/** What this text may go on, each once. */
export function tailsBefore({ tail, tails }: Carry, place: SpokenPlace): readonly string[] {
  const own = tails?.get(place) ?? "";
  return [...new Set([tail, own])].filter((it) => it !== "");
}

/** Remembers the end of this text. */
export function carryOn(carry: Carry, place: SpokenPlace, text: string): void {
  carry.tail = (carry.tail + text).slice(-longestTail);
  carry.tails?.set(place, ((carry.tails.get(place) ?? "") + text).slice(-longestTail));
}

/** Undefined: the text stands for itself. Keys and what servers say of themselves do. */
export function spokenPlaceOf(pointer: Pointer): SpokenPlace | undefined {
  if (pointer.begins("params", "data")) return "log";
  if (pointer.begins("params", "message")) return "progress";
  if (pointer.begins("params", "systemPrompt")) return "asked";
  if (!pointer.endsWith("text")) return undefined;
  if (pointer.begins("params", "messages")) return "asked";
  const isContent = pointer.begins("result", "content") || pointer.begins("result", "messages");
  return isContent ? "content" : undefined;
}
