import type { DefinitionName } from "../../core/pins/definition-kind.ts";
import {
  foldedOf,
  isOneLetterApart,
  lettersLeftOut,
  skeletonOf,
} from "../../core/pins/likeness.ts";

/** What another upstream, or the same one, has. */
export interface KnownName extends DefinitionName {
  readonly upstream: string;
}

/** Names to compare new ones with: however many there are, a comparison takes as long as the new name is. */
export class KnownNames {
  readonly #skeletons = new Map<string, KnownName[]>();
  readonly #folded = new Map<string, KnownName[]>();
  readonly #nearly = new Map<string, KnownName[]>();
  readonly #exact = new Map<string, KnownName[]>();

  constructor(known: readonly KnownName[]) {
    for (const one of known) {
      add(this.#skeletons, skeletonOf(one.name), one);
      add(this.#folded, foldedOf(one.name), one);
      add(this.#exact, one.name, one);
      for (const shorter of lettersLeftOut(one.name)) add(this.#nearly, shorter, one);
    }
  }

  /** Those that look the same to a reader. */
  looksLike(name: string): readonly KnownName[] {
    return this.#skeletons.get(skeletonOf(name)) ?? [];
  }

  /** Those that differ in case and separators alone. */
  readsLike(name: string): readonly KnownName[] {
    return this.#folded.get(foldedOf(name)) ?? [];
  }

  oneLetterApart(name: string): readonly KnownName[] {
    const near = lettersLeftOut(name).flatMap((shorter) => this.#nearly.get(shorter) ?? []);
    return [...new Set(near)].filter((one) => isOneLetterApart(name, one.name));
  }

  /** Those that a text mentions by what can be nothing but a name, however it is written. */
  mentionedIn(text: string): readonly KnownName[] {
    const words = new Set(text.match(/[\p{L}\p{N}_\-./:]+/gu) ?? []);
    const names = [...words].flatMap((word) => [word, word.replace(/^[-./:]+|[-./:]+$/g, "")]);
    // Agents know tools of routes with several upstreams as "upstream__tool", people as "upstream/tool".
    const parts = new Set(
      names.flatMap((name) => [
        name,
        ...name.split("__").slice(1),
        ...name.split(/[./:]/).slice(1),
      ]),
    );
    const found = [...parts].flatMap((name) => {
      if (name.length < leastNameLength) return [];
      if (/_|[a-z][A-Z]/.test(name)) return this.readsLike(name);
      return /[-./]/.test(name) ? (this.#exact.get(name) ?? []) : [];
    });
    return [...new Set(found)];
  }

  /** Those that are plain words, where a text calls the word a tool. */
  calledToolsIn(text: string): readonly KnownName[] {
    const found = [...text.matchAll(calledTool)].flatMap(
      ([, before, after]) => this.#exact.get(before ?? after ?? "") ?? [],
    );
    return [...new Set(found)];
  }
}

/** "the transfer tool", "tool `transfer`". */
const calledTool =
  /(?<![\w-])([\w-]{3,64})(?:\\"|['`])?(?= (?:tool|function)s?\b)|\b(?:tool|function) (?:\\"|['`])?([\w-]{3,64})/giu;
/** "get-it" is no name that anybody means. */
const leastNameLength = 6;

/** Many servers have a tool of the same name: a few of them say enough. */
const maxAlike = 8;

function add(map: Map<string, KnownName[]>, key: string, one: KnownName): void {
  const known = map.get(key);
  if (!known) map.set(key, [one]);
  else if (known.length < maxAlike) known.push(one);
}
