import type { DefinitionKind } from "../../core/pins/definition-kind.ts";
import { isDisguised, isSameTool, isWrittenOtherwise } from "../../core/pins/likeness.ts";
import type { KnownName, KnownNames } from "./known-names.ts";

/** What speaks against a definition that is new. */
export interface Suspicions {
  /** For people who decide. */
  readonly marks: readonly string[];
  /** Whether it is to wait for them. */
  readonly isGrave: boolean;
}

/** What is new, with its canonical definition. */
interface New extends KnownName {
  readonly text: string;
}

/** A name in the text of another tool counts from this length on: "get" is a word. */
const leastNameLength = 6;
const maxMarks = 10;
/** Names of the others are addresses, or there is only one. */
const withNames: ReadonlySet<DefinitionKind> = new Set(["tool", "prompt"]);

/**
 * Whether something new was renamed, is disguised as another one, or speaks of a tool of another upstream.
 * `gone`: canonical definitions of what the server does not list any more of the kind, by name.
 */
export function findSuspicions(
  about: New,
  others: KnownNames,
  gone: ReadonlyMap<string, string>,
): Suspicions {
  const grave = withNames.has(about.kind)
    ? [...renamedFrom(about, gone), ...disguisesOf(about, others)]
    : [];
  const slight = withNames.has(about.kind) ? hintsOf(about, others) : [];
  const marks = [...grave, ...slight, ...mentions(about, others)];
  return { marks: [...new Set(marks)].slice(0, maxMarks), isGrave: grave.length > 0 };
}

function renamedFrom(about: New, gone: ReadonlyMap<string, string>): string[] {
  return [...gone]
    .filter(([, text]) => isSameTool(text, about.text))
    .map(([name]) => `renamed: was ${name}`);
}

function disguisesOf(about: New, others: KnownNames): string[] {
  return others
    .looksLike(about.name)
    .filter((other) => other.kind === about.kind && isDisguised(about.name, other.name))
    .map((other) => `disguised: looks like ${placeOf(other)}`);
}

function hintsOf(about: New, others: KnownNames): string[] {
  const isRival = (other: KnownName) => other.kind === about.kind && isForeign(about, other);
  const alike = others.readsLike(about.name).filter(isRival);
  const near = others.oneLetterApart(about.name).filter(isRival);
  return [
    ...alike
      .filter((other) => isWrittenOtherwise(about.name, other.name))
      .map((other) => `reads like ${placeOf(other)}`),
    ...near.map((other) => `one letter apart from ${placeOf(other)}`),
  ];
}

function mentions(about: New, others: KnownNames): string[] {
  return others
    .mentionedIn(about.text)
    .filter((other) => other.kind === "tool" && isForeign(about, other) && isNoWord(other.name))
    .map((other) => `speaks of ${placeOf(other)}`);
}

function isForeign(about: New, { upstream, name }: KnownName): boolean {
  return upstream !== about.upstream && name !== about.name && name.length >= leastNameLength;
}

function isNoWord(name: string): boolean {
  return /[_\-./]|[a-z][A-Z]/.test(name);
}

function placeOf({ upstream, name }: KnownName): string {
  return `${upstream}/${name}`;
}
