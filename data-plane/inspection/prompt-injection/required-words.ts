/** Words of which a text must hold one. */
export type Clause = readonly string[];

/** Stands before a word that must not go on from a letter, a digit or "_": "ai" is in many words, and seldom one of its own. */
export const wordStart = "\b";

/**
 * What a text must hold for a pattern to match: all clauses of one of its alternatives, in either case. An alternative
 * without clauses may match anything. So one pass over a text tells which of many patterns are worth asking.
 *
 * Reads the notation of regular expressions as far as our own patterns use it; what it does not know requires nothing.
 */
export function requiredWords({ source }: RegExp): readonly (readonly Clause[])[] {
  return new PatternReader(source).read();
}

type Words = Clause | undefined;

/** In most texts, so that they tell little. */
const common: ReadonlySet<string> = new Set(
  "the you your this that all and any for are not with from have what will must should only".split(
    " ",
  ),
);
/** Longer words are no rarer. */
const longEnough = 6;

class PatternReader {
  readonly #source: string;
  #at = 0;
  /** Whether a word begins here: behind a blank or a border of words. */
  #isAtStart = false;

  constructor(source: string) {
    this.#source = source;
  }

  read(): readonly (readonly Clause[])[] {
    const alternatives = this.#alternatives();
    return this.#at === this.#source.length ? alternatives : [[]];
  }

  /** Each of them begins where the first does. Behind them a word begins where it does behind each. */
  #alternatives(): readonly (readonly Clause[])[] {
    const begins = this.#isAtStart;
    const all = [this.#sequence()];
    let ends = this.#isAtStart;
    while (this.#takes("|")) {
      this.#isAtStart = begins;
      all.push(this.#sequence());
      ends &&= this.#isAtStart;
    }
    this.#isAtStart = ends;
    return all;
  }

  /** All of its parts match, so it requires what each of them does. */
  #sequence(): readonly Clause[] {
    const clauses: Clause[] = [];
    let run = "";
    while (!this.#isAtEnd()) {
      const before = this.#isAtStart;
      const part = this.#part();
      const { least, most } = this.#times();
      const letter = least > 0 ? letterOf(part) : "";
      run += begunWith(run, letter, before);
      if (letter === "" || most !== 1) {
        clauses.push(...wordsOfRun(run));
        run = "";
      }
      if (typeof part === "object" && least > 0) clauses.push(part);
      // Behind what may be missing a word begins only where one began before it, too.
      this.#isAtStart &&= least > 0 || before;
    }
    return [...clauses, ...wordsOfRun(run)];
  }

  /** A letter, or the words that something else requires. */
  #part(): string | Words {
    if (this.#takes("(")) return this.#group();
    const isAtStart = this.#isAtStart;
    this.#isAtStart = false;
    if (this.#takes("[")) return this.#class();
    if (this.#takes("\\")) return this.#escape();
    const letter = this.#next();
    this.#isAtStart = letter === " " || (isAtStart && (letter === "^" || letter === "$"));
    return letter === "." || letter === "^" || letter === "$" ? undefined : letter.toLowerCase();
  }

  #group(): Words {
    const looksAround = /^\?<?[=!]/.test(this.#source.slice(this.#at, this.#at + 3));
    const begins = this.#isAtStart;
    if (this.#takes("?:") || this.#takes("?=") || this.#takes("?!")) this.#at += 0;
    else if (this.#takes("?<=") || this.#takes("?<!")) this.#at += 0;
    else if (this.#takes("?<")) this.#at = this.#source.indexOf(">", this.#at) + 1;
    const alternatives = this.#alternatives();
    this.#takes(")");
    if (looksAround) this.#isAtStart = begins;
    return looksAround ? undefined : anyOf(alternatives);
  }

  #class(): undefined {
    this.#takes("^");
    while (this.#at < this.#source.length) {
      const letter = this.#next();
      if (letter === "\\") this.#at += 1;
      else if (letter === "]") return;
    }
  }

  #escape(): string | undefined {
    const letter = this.#next();
    this.#isAtStart = /[bsW]/.test(letter);
    if (letter === "u" || letter === "x") {
      const code = /^(?:\{([\da-f]+)\}|[\da-f]{4})/i;
      const match = (letter === "u" ? code : /^[\da-f]{2}/i).exec(this.#source.slice(this.#at));
      this.#at += match?.[0].length ?? 0;
      return match
        ? String.fromCodePoint(Number.parseInt(match[1] ?? match[0], 16)).toLowerCase()
        : undefined;
    }
    if (letter === "p" || letter === "P" || letter === "k") {
      this.#at = this.#source.slice(this.#at).search(/[}>]/) + this.#at + 1;
    }
    if (/[nrtfv]/.test(letter)) return " ";
    return /[a-zA-Z0-9]/.test(letter) ? undefined : letter;
  }

  /** How often the part before may stand there. */
  #times(): { readonly least: number; readonly most: number } {
    const counted = /^(?:([?*+])|\{(\d+)(,?)(\d*)\})\??/.exec(this.#source.slice(this.#at));
    if (!counted) return { least: 1, most: 1 };
    this.#at += counted[0].length;
    const [, sign, from = "0", comma, to = ""] = counted;
    if (sign !== undefined) return { least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : 2 };
    const least = Number(from);
    return { least, most: comma === "" ? least : Number(to === "" ? "2" : to) };
  }

  #isAtEnd(): boolean {
    return this.#at === this.#source.length || this.#isNext("|") || this.#isNext(")");
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

const letterOf = (part: string | Words) => (typeof part === "string" ? part : "");

/** A run in which words begin has a blank before the first. */
function begunWith(run: string, letter: string, isAtStart: boolean): string {
  return run === "" && letter !== "" && isAtStart ? ` ${letter}` : letter;
}

/** Behind the first blank of a run each of its words begins. What is no letter may stand behind one all the same. */
function wordsOfRun(run: string): readonly Clause[] {
  const words = run.split(/\s+/).map((word, index) => {
    return index > 0 && /^[a-z0-9_]/.test(word) ? wordStart + word : word;
  });
  return words.filter((word) => word !== "").map((word) => [word]);
}

/** One of the alternatives matches, so a word of any of them may be the one. */
function anyOf(alternatives: readonly (readonly Clause[])[]): Words {
  const rarest = alternatives.map((clauses) => clauses.reduce<Words>(rarer, undefined));
  if (rarest.some((words) => words === undefined)) return undefined;
  return [...new Set(rarest.flatMap((words) => words ?? []))];
}

function rarer(one: Words, other: Clause): Clause {
  if (!one) return other;
  const [ofOne, ofOther] = [rarity(one), rarity(other)];
  if (ofOne !== ofOther) return ofOne > ofOther ? one : other;
  return one.length <= other.length ? one : other;
}

/** That of the most usual of the words. */
function rarity(words: Clause): number {
  return Math.min(
    ...words.map((word) => {
      const plain = word.replace(wordStart, "");
      return common.has(plain) ? 1 : Math.min(plain.length, longEnough);
    }),
  );
}
