import { RE2JS } from "re2js";

/** What a JSON Schema validator needs of a pattern. */
export interface Pattern {
  test(text: string): boolean;
  /** By which the validator tells patterns apart. */
  toString(): string;
}

/** Anchored; then escapes, classes and characters, each with a repetition or none. */
const simple =
  /^\^(?:(?:\\[dwsDWS.\-/\\^$*+?()[\]{}|@:#]|\[(?:[^[\]\\]|\\[dwsDWS.\-/\\^$*+?()[\]{}|@:#])+\]|[A-Za-z0-9 _\-/@:#%=,;!~<>'"&])(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})?)*\$?$/;

/**
 * A pattern that takes time in proportion to the text, whoever wrote it: V8's own where the pattern is anchored
 * and has no more than one variable repetition, RE2 otherwise. Undefined when neither can run it.
 * RE2 is linear in the text but slow, and as slow again as the pattern is long: `spend` is told how many steps it takes
 * at most, of which each costs up to 30 ns.
 */
export function linearPattern(source: string, spend: (steps: number) => void): Pattern | undefined {
  if (isProvablySimple(source)) return new RegExp(source, "u");
  try {
    const pattern = RE2JS.compile(RE2JS.translateRegExp(source));
    const size = pattern.programSize();
    return {
      test: (text) => {
        spend(text.length * size);
        return pattern.matcher(text).find();
      },
      toString: () => `re2 ${source}`,
    };
  } catch {
    return undefined;
  }
}

function isProvablySimple(source: string): boolean {
  if (source.length > 256 || !simple.test(source)) return false;
  const withoutClasses = source.replaceAll(/\\.|\[(?:[^\]\\[]|\\.)*\]/g, "x");
  const variable = withoutClasses.match(/[*+]|\{\d+,\d*\}/g) ?? [];
  const optional = withoutClasses.match(/\?/g) ?? [];
  return variable.length <= 1 && optional.length <= 4 && compilesInV8(source);
}

function compilesInV8(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}
