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

/** Shorter names are near each other by chance. */
const leastNameLength = 6;
const maxMarks = 10;
/** Names of the others are addresses, or there is only one. */
const withNames: ReadonlySet<DefinitionKind> = new Set(["tool", "prompt"]);

/**
 * Whether something new was renamed, is disguised as another one, or speaks of a tool that another upstream has and its own has not.
 * `gone`: canonical definitions of what the server does not list any more of the kind, by name.
 */
export function findSuspicions(
  about: New,
  others: KnownNames,
  gone: ReadonlyMap<string, string>,
): Suspicions {
  const isNamed = withNames.has(about.kind);
  const mentions = findMentions(about, others);
  const grave = isNamed
    ? [...renamedFrom(about, gone), ...disguisesOf(about, others), ...spellingsOf(about, others)]
    : [];
  const slight = isNamed ? hintsOf(about, others) : [];
  const marks = [...new Set([...grave, ...mentions.marks, ...slight])].slice(0, maxMarks);
  return { marks, isGrave: grave.length > 0 || mentions.isGrave };
}

/** Whether it speaks of a tool that another upstream has and its own has not: by name, or by a word that it calls a tool. */
export function findMentions(about: New, others: KnownNames): Suspicions {
  const named = foreignOf(about, others.mentionedIn(about.text));
  const called = foreignOf(about, others.calledToolsIn(about.text));
  return { marks: [...new Set([...named, ...called])], isGrave: named.length > 0 };
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

/** Many servers have tools of the very same name; another spelling of one is read as that one, and is not. */
function spellingsOf(about: New, others: KnownNames): string[] {
  return others
    .readsLike(about.name)
    .filter((other) => isRival(about, other) && isWrittenOtherwise(about.name, other.name))
    .map((other) => `reads like ${placeOf(other)}`);
}

function hintsOf(about: New, others: KnownNames): string[] {
  return others
    .oneLetterApart(about.name)
    .filter((other) => isRival(about, other) && other.name.length >= leastNameLength)
    .filter((other) => !isWrittenOtherwise(about.name, other.name))
    .map((other) => `one letter apart from ${placeOf(other)}`);
}

function isRival(about: New, { kind, upstream }: KnownName): boolean {
  return kind === about.kind && upstream !== about.upstream;
}

function foreignOf(about: New, mentioned: readonly KnownName[]): string[] {
  const tools = mentioned.filter(({ kind }) => kind === "tool");
  // Many servers have tools of the same names: who has one means that.
  const own = new Set(tools.filter((it) => it.upstream === about.upstream).map((it) => it.name));
  return tools
    .filter((other) => other.upstream !== about.upstream && !isItself(about, other))
    .filter((other) => !own.has(other.name))
    .map((other) => `speaks of ${placeOf(other)}`);
}

/** Its own name stands in its text, too. */
function isItself({ name }: New, other: KnownName): boolean {
  return name === other.name || isWrittenOtherwise(name, other.name);
}

function placeOf({ upstream, name }: KnownName): string {
  return `${upstream}/${name}`;
}
