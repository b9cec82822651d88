/**
 * What a piece of SQL is, as one letter, so that the order of pieces can be told by a pattern:
 * n number · s text in quotes · z text in quotes that never ends · w word · v variable · f word before "(" · U union ·
 * E verb of a statement · L and, or, xor · N not · O comparison · A arithmetic · B word that opens a clause, b another
 * word of clauses · K case, when, then, else, end · c comment to the end · and ( ) , ; themselves.
 */
export interface SqlToken {
  readonly kind: string;
  /** In lower case; of quoted text what is between the quotes. */
  readonly text: string;
}

const maxTokens = 400;

const wordKinds: ReadonlyMap<string, string> = new Map(
  Object.entries({
    U: "union intersect except minus",
    E: "select insert update delete drop create alter truncate exec execute merge replace call declare shutdown grant revoke handler copy attach vacuum load rename lock",
    L: "and or xor",
    N: "not binary all distinct",
    O: "like rlike regexp between in is sounds ilike similar glob match escape",
    A: "div mod collate",
    B: "having group order limit procedure into waitfor",
    b: "from where by as using offset fetch values set table",
    K: "case when then else end",
    n: "null true false unknown",
  }).flatMap(([kind, words]) => words.split(" ").map((word) => [word, kind] as const)),
);

interface Piece {
  readonly kind: string;
  readonly pattern: RegExp;
  /** The characters that it may begin with. */
  readonly first: RegExp;
}

const piece = (kind: string, pattern: RegExp, first: RegExp): Piece => ({ kind, pattern, first });

const pieces: readonly Piece[] = [
  piece(" ", /[\s\0]+|\+(?=\s)/y, /[\s\0+]/),
  piece("c", /--(?=\s|$|[-+])[^\n]*|#[^\n]*|\/\*(?![\s\S]{0,2000}?\*\/)[\s\S]*/y, /[-#/]/),
  piece("!", /\/\*!\d{0,6}|\*\//y, /[/*]/),
  piece(" ", /\/\*[\s\S]{0,2000}?\*\//y, /\//),
  piece("n", /0x[0-9a-f]+|0b[01]+|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\w$])/iy, /[\d.]/),
  piece(
    "n",
    /(?:\d+(?:\.\d*)?|\.\d+)(?:e\d+)?(?=union|and\b|or\b|order|having|select)|\\[N\d]/iy,
    /[\d.\\]/,
  ),
  piece("v", /@@?[\w.$`]*/y, /@/),
  piece(
    "w",
    /[\p{L}_$][\p{L}\d_$]*(?:\.[\p{L}_$*][\p{L}\d_$]*)*|\d+[\p{L}_]\w*|\[[\w ]+\]/uy,
    /[\p{L}_$\d[]/u,
  ),
  piece("L", /&&|\|\|/y, /[&|]/),
  piece("O", /<=>|<>|!=|<=|>=|:=|==|<|>|=|~\*?|::/y, /[<>!=:~]/),
  piece("A", /[-+*/%&|^]/y, /[-+*/%&|^]/),
  piece("N", /!/y, /!/),
  piece("(", /\(/y, /\(/),
  piece(")", /\)/y, /\)/),
  piece(",", /,/y, /,/),
  piece(";", /;/y, /;/),
];

/** For each character of ASCII those that may begin with it: most begin one or two. */
const piecesFrom = Array.from({ length: 128 }, (_, code) =>
  pieces.filter(({ first }) => first.test(String.fromCharCode(code))),
);

/** Splits a text as a database would, where the text begins inside these quotes: "" for none. */
export function tokenizeSql(text: string, startsInside: "" | "'" | '"' | "`"): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  if (startsInside !== "") {
    const quoted = readQuoted(text, 0, startsInside);
    tokens.push(quoted.token);
    at = quoted.end;
  }
  while (at < text.length && tokens.length < maxTokens) {
    const begun = text.charCodeAt(at);
    if (begun === 0x20 || begun === 0x0a) {
      at += 1;
      continue;
    }
    const quote = text.charAt(at);
    if (quote === "'" || quote === '"' || quote === "`") {
      const quoted = readQuoted(text, at + 1, quote);
      tokens.push(quoted.token);
      at = quoted.end;
      continue;
    }
    const { kind, end } = readPlain(text, at);
    if (kind !== " ") tokens.push(toToken(kind, text.slice(at, end)));
    at = end;
  }
  return named(tokens.filter(({ kind }, index) => kind !== "c" || index === tokens.length - 1));
}

function readQuoted(text: string, from: number, quote: string) {
  let end = from;
  while (end < text.length) {
    if (text[end] === "\\" && quote !== "`") end += 2;
    else if (text[end] !== quote) end += 1;
    else if (text[end + 1] === quote) end += 2;
    else break;
  }
  const isClosed = end < text.length;
  return {
    token: { kind: isClosed ? "s" : "z", text: text.slice(from, end) },
    end: Math.min(end + 1, text.length),
  };
}

function readPlain(text: string, at: number): { readonly kind: string; readonly end: number } {
  const endOfWord = endOfPlainWord(text, at);
  if (endOfWord > at) return { kind: "w", end: endOfWord };
  for (const { kind, pattern } of piecesFrom[text.charCodeAt(at)] ?? pieces) {
    pattern.lastIndex = at;
    if (pattern.test(text)) return { kind, end: pattern.lastIndex };
  }
  return { kind: "?", end: at + 1 };
}

/** Most of a statement: letters of ASCII and "_" with nothing behind them that a word could go on with. */
function endOfPlainWord(text: string, at: number): number {
  let end = at;
  while (end < text.length && isPlain(text.charCodeAt(end))) end += 1;
  const next = end < text.length ? text.charCodeAt(end) : 0x20;
  const mayGoOn = next >= 0x80 || next === 0x2e || next === 0x24 || (next >= 0x30 && next <= 0x39);
  return mayGoOn ? at : end;
}

const isPlain = (code: number) =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;

function toToken(kind: string, source: string): SqlToken {
  const text = source.toLowerCase();
  return { kind: kind === "w" ? (wordKinds.get(text) ?? "w") : kind, text };
}

/** Words before "(" are functions, whatever else they mean; verbs and clauses stay what they are. */
function named(tokens: readonly SqlToken[]): readonly SqlToken[] {
  return tokens.map((token, index) =>
    token.kind === "w" && tokens[index + 1]?.kind === "(" ? { ...token, kind: "f" } : token,
  );
}
