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

  /** Those that a text mentions. */
  mentionedIn(text: string): readonly KnownName[] {
    const words = new Set(text.match(/[\p{L}\p{N}_\-./:]+/gu) ?? []);
    const names = [...words].flatMap((word) => [word, word.replace(/^[-./:]+|[-./:]+$/g, "")]);
    // Agents know tools of routes with several upstreams as "upstream__tool".
    const parts = names.flatMap((name) => [name, ...name.split("__").slice(1)]);
    return [...new Set(parts)].flatMap((name) => this.#exact.get(name) ?? []);
  }
}

/** Many servers have a tool of the same name: a few of them say enough. */
const maxAlike = 8;

function add(map: Map<string, KnownName[]>, key: string, one: KnownName): void {
  const known = map.get(key);
  if (!known) map.set(key, [one]);
  else if (known.length < maxAlike) known.push(one);
}
