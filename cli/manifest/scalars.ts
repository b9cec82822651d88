import { type DescEnum, ScalarType } from "@bufbuild/protobuf";
import { durationForm, parseDurationMs } from "../duration.ts";
import { numberOf, wordsOf } from "../enum-words.ts";
import { didYouMean } from "./suggestion.ts";

/** A value for the message, or what is wrong with what was written. */
export type ScalarReading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

const integerRanges: Partial<Record<ScalarType, readonly [bigint, bigint]>> = {
  [ScalarType.INT32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.UINT32]: [0n, 2n ** 32n - 1n],
  [ScalarType.INT64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.UINT64]: [0n, 2n ** 64n - 1n],
};

const isWide = (type: ScalarType) => type === ScalarType.INT64 || type === ScalarType.UINT64;

/** Reads one scalar of YAML. Nothing is converted: `yes` is no boolean and `5` no text. */
export function readScalar(type: ScalarType, value: unknown): ScalarReading {
  switch (type) {
    case ScalarType.STRING:
      return readText(value);
    case ScalarType.BOOL:
      return typeof value === "boolean"
        ? { ok: true, value }
        : wrong(`must be true or false, got ${describe(value)}`);
    case ScalarType.DOUBLE:
      return typeof value === "number" && Number.isFinite(value)
        ? { ok: true, value }
        : wrong(`must be a number, got ${describe(value)}`);
    default:
      return readInteger(type, value);
  }
}

/** Reads the word of an enum value. */
export function readWord(desc: DescEnum, value: unknown): ScalarReading {
  const words = wordsOf(desc);
  const number = typeof value === "string" ? numberOf(desc, value) : undefined;
  if (number !== undefined) return { ok: true, value: number };
  const hint = typeof value === "string" ? didYouMean(value, words) : "";
  return wrong(`must be one of ${words.join(", ")}, got ${describe(value)}${hint}`);
}

/** Reads a duration as milliseconds. */
export function readDurationMs(value: unknown): ScalarReading {
  const ms = typeof value === "string" ? parseDurationMs(value) : undefined;
  return ms === undefined
    ? wrong(`must be ${durationForm}, got ${describe(value)}`)
    : { ok: true, value: ms };
}

/** Names a value in a message, cut to a readable length. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value));
  return cut(String(value));
}

function readText(value: unknown): ScalarReading {
  if (typeof value !== "string") {
    return wrong(`must be text, got ${describe(value)}; quotes make it text`);
  }
  return !/\p{Cs}/u.test(value)
    ? { ok: true, value }
    : wrong("holds half a surrogate pair, which is no character");
}

function readInteger(type: ScalarType, value: unknown): ScalarReading {
  const range = integerRanges[type];
  if (!range) throw new Error(`policies have no fields of scalar type ${ScalarType[type]} yet`);
  const [min, max] = range;
  const isWhole = typeof value === "number" && Number.isSafeInteger(value);
  if (!isWhole || BigInt(value) < min || BigInt(value) > max) {
    return wrong(`must be a whole number from ${min} to ${max}, got ${describe(value)}`);
  }
  return { ok: true, value: isWide(type) ? BigInt(value) : value };
}

function wrong(message: string): ScalarReading {
  return { ok: false, message };
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
