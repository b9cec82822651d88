/** What a part of a pattern is, and how often it stands there. */
export interface Part {
  readonly kind: PartKind;
  readonly least: number;
  readonly most: number;
}

type PartKind =
  /** This character, in lower case. */
  | { readonly name: "letter"; readonly letter: string }
  /** Some character; whether it is none of words; and which ones, where they are few. */
  | { readonly name: "any"; readonly isApart: boolean; readonly signs?: readonly string[] }
  /** A place between characters. */
  | { readonly name: "place"; readonly beginsWord: boolean }
  /** What stands around, and is no part of what matches. */
  | { readonly name: "around"; readonly isWanted: boolean; readonly alternatives: Alternatives }
  | { readonly name: "group"; readonly alternatives: Alternatives };

export type Sequence = readonly Part[];
export type Alternatives = readonly Sequence[];

/**
 * Reads the notation of regular expressions as far as our own patterns use it (ECMA-262, section 22.2.1).
 * Undefined for what it does not know.
 */
export function readPattern(source: string): Alternatives | undefined {
  return new PatternReader(source).read();
}

class PatternReader {
  readonly #source: string;
  #at = 0;
  #isKnown = true;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Alternatives | undefined {
    const alternatives = this.#alternatives();
    return this.#isKnown && this.#at === this.#source.length ? alternatives : undefined;
  }

  #alternatives(): Alternatives {
    const all = [this.#sequence()];
    while (this.#takes("|")) all.push(this.#sequence());
    return all;
  }

  #sequence(): Sequence {
    const parts: Part[] = [];
    while (this.#at < this.#source.length && !this.#isNext("|") && !this.#isNext(")")) {
      const kind = this.#part();
      parts.push({ kind, ...this.#times() });
    }
    return parts;
  }

  #part(): PartKind {
    if (this.#takes("(")) return this.#group();
    if (this.#takes("[")) return this.#class();
    if (this.#takes("\\")) return this.#escape();
    const letter = this.#next();
    if (letter === ".") return { name: "any", isApart: false };
    if (letter === "^" || letter === "$") return { name: "place", beginsWord: letter === "^" };
    return { name: "letter", letter: letter.toLowerCase() };
  }

  #group(): PartKind {
    const around = ["?<=", "?<!", "?=", "?!"].find((it) => this.#takes(it));
    if (around === undefined && !this.#takes("?:") && this.#takes("?<")) {
      this.#at = this.#source.indexOf(">", this.#at) + 1;
    }
    const alternatives = this.#alternatives();
    if (!this.#takes(")")) this.#isKnown = false;
    return around === undefined
      ? { name: "group", alternatives }
      : { name: "around", isWanted: around.endsWith("="), alternatives };
  }

  #class(): PartKind {
    const from = this.#at;
    while (this.#at < this.#source.length) {
      const letter = this.#next();
      if (letter === "\\") this.#at += 1;
      else if (letter === "]") break;
    }
    const inside = this.#source.slice(from, this.#at - 1);
    if (isEitherCase(inside)) return { name: "letter", letter: inside.slice(0, 1).toLowerCase() };
    if (fewSigns.test(inside)) return { name: "any", isApart: true, signs: [...inside] };
    return { name: "any", isApart: isApart.test(inside) };
  }

  #escape(): PartKind {
    const letter = this.#next();
    if (letter === "b" || letter === "B") return { name: "place", beginsWord: letter === "b" };
    if (letter === "u" || letter === "x") return this.#code(letter);
    if (letter === "p" || letter === "P") {
      this.#at = this.#source.indexOf("}", this.#at) + 1;
      return { name: "any", isApart: false };
    }
    if (/[kc1-9]/.test(letter)) this.#isKnown = false;
    // Lines may be joined: their ends are no letters of words.
    if (/[a-zA-Z]/.test(letter)) return { name: "any", isApart: /[sWnrtfv]/.test(letter) };
    return { name: "letter", letter };
  }

  #code(kind: string): PartKind {
    const code = kind === "u" ? /^(?:\{([\da-f]+)\}|[\da-f]{4})/i : /^[\da-f]{2}/i;
    const match = code.exec(this.#source.slice(this.#at));
    if (!match) {
      this.#isKnown = false;
      return { name: "any", isApart: false };
    }
    this.#at += match[0].length;
    const letter = String.fromCodePoint(Number.parseInt(match[1] ?? match[0], 16));
    return { name: "letter", letter: letter.toLowerCase() };
  }

  /** How often the part before may stand there. */
  #times(): { readonly least: number; readonly most: number } {
    const counted = /^(?:([?*+])|\{(\d+)(,?)(\d*)\})\??/.exec(this.#source.slice(this.#at));
    if (!counted) return { least: 1, most: 1 };
    this.#at += counted[0].length;
    const [, sign, from = "0", comma, to = ""] = counted;
    const endless = Number.POSITIVE_INFINITY;
    if (sign !== undefined)
      return { least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : endless };
    const least = Number(from);
    if (comma === "") return { least, most: least };
    return { least, most: to === "" ? endless : Number(to) };
  }

  #isNext(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #takes(text: string): boolean {
    if (!this.#isNext(text)) return false;
    this.#at += text.length;
    return true;
  }

  #next(): string {
    const letter = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0);
    this.#at += letter.length;
    return letter;
  }
}

/** Whether the inside of a class is one letter in both cases. */
const isEitherCase = (inside: string) =>
  /^[a-z]{2}$/i.test(inside) && inside[0]?.toLowerCase() === inside[1]?.toLowerCase();
const fewSigns = /^[,:!?."'`=>@#*]{1,5}$/;
/** The inside of a class that has signs and blanks only. */
const isApart = /^(?:\\[sn\W]|[^\\\w^-]|-$)+$/;
