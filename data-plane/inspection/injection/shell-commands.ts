/** A word as the shell hands it to a program. */
export interface ShellWord {
  readonly text: string;
  /** Some of it stood in quotes: what is in it is no sign of the shell's. */
  readonly isQuoted: boolean;
}

/** One program of a command line with its arguments. */
export interface ShellCommand {
  readonly words: readonly ShellWord[];
  /** Files that its output goes to. */
  readonly writes: readonly string[];
  /** What the command before it is joined by: "|", or something else. */
  readonly joint: string;
}

interface Open {
  words: ShellWord[];
  writes: string[];
  joint: string;
  word: string | undefined;
  isQuoted: boolean;
  /** What ends it: ")" or "`" for a substitution. */
  ends: string;
  inQuotes: boolean;
  redirects: "" | "write" | "read";
}

const outside =
  /(?<ansi>\$'(?:[^'\\]|\\[\s\S])*'?)|'(?<plain>[^']*)'?|(?<quote>\$?")|\\(?<escaped>[\s\S]?)|(?<ifs>\$\{?IFS(?![A-Za-z_])\}?(?:\$\d)?)|(?<empty>\$[@*!?])|\$\{?(?<name>[A-Za-z_]\w{0,40})\}?|(?<opens>\$\(|[<>]\(|`)|(?<joint>&&|\|\||\|&?|[;&\n()])|(?<redirect>&?>{1,2}&?\|?|<{1,3}&?)|(?<blank>[^\S\n]+)|(?<rest>[^'"\\`$;|&\n()<>\s]+|\$)/y;
const withinQuotes =
  /(?<quote>")|\\(?<escaped>["\\$`]|\n)|\$\{?(?<name>[A-Za-z_]\w{0,40})\}?|(?<opens>\$\(|`)|(?<rest>[^"\\`$]+|[$\\])/y;

/** Most of a command line: read without asking what else it could be. */
const plainLetters = /[\w./:=@%,+-]+/y;

const maxCommands = 512;
const maxNesting = 16;
const maxExpanded = 65_536;

/** The commands of a command line, those of substitutions too, each word without its quotes, escapes, braces and known variables. */
export function shellCommands(source: string): readonly ShellCommand[] {
  const lexer = new Lexer();
  for (let at = 0; at < source.length && lexer.goesOn; ) {
    plainLetters.lastIndex = at;
    if (plainLetters.test(source)) {
      lexer.addPlain(source.slice(at, plainLetters.lastIndex));
      at = plainLetters.lastIndex;
      continue;
    }
    const pattern = lexer.isQuoted ? withinQuotes : outside;
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (!match) break;
    at = pattern.lastIndex;
    lexer.take(match.groups ?? {}, match[0]);
  }
  return lexer.end();
}

type Groups = Readonly<Record<string, string | undefined>>;

class Lexer {
  readonly #commands: ShellCommand[] = [];
  readonly #variables = new Map<string, string>();
  readonly #outer: Open[] = [];
  #open = begun("", "");
  #left = maxExpanded;

  get isQuoted(): boolean {
    return this.#open.inQuotes;
  }

  get goesOn(): boolean {
    return this.#commands.length < maxCommands;
  }

  take(groups: Groups, whole: string): void {
    const { quote, opens, joint, redirect, blank, ifs } = groups;
    if (quote !== undefined) this.#toggleQuotes();
    else if (opens === "`" && this.#open.ends === "`") this.#close();
    else if (opens !== undefined) this.#openSubstitution(opens);
    else if (joint !== undefined) this.#join(joint);
    else if (redirect !== undefined) this.#redirect(redirect);
    else if (blank !== undefined || ifs !== undefined) this.#endWord();
    else this.#put(groups, whole);
  }

  end(): readonly ShellCommand[] {
    this.#endCommand("");
    for (let outer = this.#outer.pop(); outer; outer = this.#outer.pop()) {
      this.#open = outer;
      this.#endCommand("");
    }
    return this.#commands;
  }

  #put({ ansi, plain, escaped, name, rest }: Groups, whole: string): void {
    const known = name === undefined ? undefined : this.#variables.get(name);
    const isQuoted = (plain ?? ansi ?? escaped) !== undefined || this.isQuoted;
    if (plain !== undefined) this.#add(plain, isQuoted);
    else if (ansi !== undefined) this.#add(decodeAnsi(ansi), isQuoted);
    else if (escaped !== undefined) this.#add(escaped === "\n" ? "" : escaped, isQuoted);
    else if (name !== undefined) this.#add(known ?? whole, isQuoted);
    else this.#add(rest ?? "", isQuoted);
  }

  addPlain(text: string): void {
    this.#add(text, false);
  }

  #add(text: string, isQuoted: boolean): void {
    const added = text.slice(0, this.#left);
    this.#left -= added.length;
    this.#open.word = (this.#open.word ?? "") + added;
    // An escape of a plain letter hides nothing from the shell.
    this.#open.isQuoted ||= isQuoted && /[^\w./-]/.test(text);
  }

  #toggleQuotes(): void {
    this.#open.word ??= "";
    this.#open.inQuotes = !this.#open.inQuotes;
  }

  #openSubstitution(opens: string): void {
    if (this.#outer.length >= maxNesting) return;
    this.#open.word = `${this.#open.word ?? ""}${opens === "<(" ? "/dev/fd/" : ""}`;
    this.#outer.push(this.#open);
    this.#open = begun("$", opens === "`" ? "`" : ")");
  }

  #close(): void {
    this.#endCommand("");
    const outer = this.#outer.pop();
    if (outer) this.#open = outer;
  }

  #join(joint: string): void {
    if (joint === ")" && this.#open.ends === ")") this.#close();
    else this.#endCommand(joint === "|&" ? "|" : joint);
  }

  #redirect(redirect: string): void {
    if (/^\d$/.test(this.#open.word ?? "")) this.#open.word = undefined;
    this.#endWord();
    this.#open.redirects = redirect.includes(">") ? "write" : "read";
  }

  #endWord(): void {
    const { word, isQuoted, redirects } = this.#open;
    this.#open.word = undefined;
    this.#open.isQuoted = false;
    if (word === undefined) return;
    this.#open.redirects = "";
    if (redirects === "write") this.#open.writes.push(word);
    if (redirects !== "") return;
    if (isQuoted) this.#open.words.push({ text: word, isQuoted });
    else for (const text of unbraced(word)) this.#open.words.push({ text, isQuoted });
  }

  #endCommand(joint: string): void {
    this.#endWord();
    const { words, writes, joint: before, ends } = this.#open;
    if (words.length > 0 || writes.length > 0)
      this.#commands.push({ words, writes, joint: before });
    for (const { text } of words) {
      const [, name, value] = /^([A-Za-z_]\w{0,40})=(.{0,256})$/.exec(text) ?? [];
      if (name === undefined || value === undefined) break;
      this.#variables.set(name, value);
    }
    this.#open = begun(joint, ends);
  }
}

function begun(joint: string, ends: string): Open {
  const empty = { words: [], writes: [], word: undefined, isQuoted: false } as const;
  return { ...empty, words: [], writes: [], joint, ends, inQuotes: false, redirects: "" };
}

/** {curl,-s,https://x.example} */
function unbraced(word: string): readonly string[] {
  const [, inner] = /^\{([^{}]{1,2000},[^{}]{0,2000})\}$/.exec(word) ?? [];
  return inner === undefined ? [word] : inner.split(",").filter((part) => part !== "");
}

function decodeAnsi(text: string): string {
  return text
    .replaceAll(/^\$'|'$/g, "")
    .replaceAll(/\\(?:x([0-9a-f]{1,2})|([0-7]{1,3})|([^x0-7]))/gi, (_, hex, octal, other) =>
      other === undefined
        ? String.fromCharCode(Number.parseInt(hex ?? octal, hex === undefined ? 8 : 16))
        : other,
    );
}
