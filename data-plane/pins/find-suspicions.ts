import type { DefinitionKind, DefinitionName } from "../../core/pins/definition-kind.ts";
import {
  isDisguised,
  isOneLetterApart,
  isSameTool,
  isWrittenOtherwise,
} from "../../core/pins/likeness.ts";

/** What another upstream, or the same one, has. */
export interface KnownName extends DefinitionName {
  readonly upstream: string;
}

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
  others: readonly KnownName[],
  gone: ReadonlyMap<string, string>,
): Suspicions {
  const grave: string[] = [];
  const slight: string[] = [];
  const hasName = withNames.has(about.kind);
  for (const [name, text] of hasName ? gone : []) {
    if (isSameTool(text, about.text)) grave.push(`renamed: was ${name}`);
  }
  for (const other of others) {
    const place = `${other.upstream}/${other.name}`;
    const isRival = hasName && other.kind === about.kind;
    if (isRival && isDisguised(about.name, other.name))
      grave.push(`disguised: looks like ${place}`);
    else if (other.upstream !== about.upstream) slight.push(...hintsOf(about, other, isRival));
  }
  return { marks: [...grave, ...slight].slice(0, maxMarks), isGrave: grave.length > 0 };
}

function hintsOf(about: New, { upstream, name, kind }: KnownName, isRival: boolean): string[] {
  if (name === about.name || name.length < leastNameLength) return [];
  const place = `${upstream}/${name}`;
  const isNear = isRival && isOneLetterApart(about.name, name);
  return [
    ...(isRival && isWrittenOtherwise(about.name, name) ? [`reads like ${place}`] : []),
    ...(isNear ? [`one letter apart from ${place}`] : []),
    ...(kind === "tool" && speaksOf(about.text, name) ? [`speaks of ${place}`] : []),
  ];
}

/** Names that are plain words do not count. */
function speaksOf(text: string, name: string): boolean {
  return /[_\-./]|[a-z][A-Z]/.test(name) && text.includes(name);
}
