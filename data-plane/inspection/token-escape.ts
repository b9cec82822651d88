import type { FindingLog } from "./finding-log.ts";
import { withoutForeignTokens } from "./foreign-tokens.ts";
import { tokensIn } from "./redaction-token.ts";
import { ScanCopy } from "./scan-copy.ts";
import type { Hit } from "./text-detectors.ts";
import type { Pointer } from "./value-walk.ts";

export interface TokenEscapeOptions {
  readonly log: FindingLog;
  /** Whether what looks like a token of ours, and is none, is made to look otherwise. */
  readonly escapesTokens?: boolean;
  /** Tokens that stand for something here: all others are escaped, whatever the policy says. */
  readonly ownTokens?: ReadonlySet<string> | undefined;
  /** Nobody but us can have written what has the form of a token. */
  readonly hasOnlyOurs?: boolean;
}

/** Makes what nobody can show to be a token of ours look otherwise, and tells the log. */
export class TokenEscape {
  readonly #options: TokenEscapeOptions;

  constructor(options: TokenEscapeOptions) {
    this.#options = options;
  }

  /** `copy`: none where nothing can hide. */
  inText(text: string, copy: ScanCopy | undefined, pointer: Pointer): string {
    const { escapesTokens, ownTokens } = this.#options;
    if (!escapesTokens && !ownTokens) return text;
    return this.#told(text, this.#escaped(text, copy), pointer);
  }

  /** Nothing stands for anything in a key. */
  inKey(key: string, pointer: Pointer): string {
    if (!this.#options.ownTokens) return key;
    return this.#told(key, withoutForeignTokens(key, new ScanCopy(key)), pointer);
  }

  /** What is found in more than our own tokens: a name such as "password" in one makes no secret of the rest. */
  outsideOfOwn(text: string, hits: readonly Hit[]): readonly Hit[] {
    const { ownTokens, hasOnlyOurs } = this.#options;
    if ((!ownTokens && !hasOnlyOurs) || hits.length === 0) return hits;
    const own = tokensIn(text).filter(({ token }) => hasOnlyOurs || ownTokens?.has(token));
    const isWithin = ({ start, end }: Hit) =>
      own.some(({ token, at }) => at <= start && end <= at + token.length);
    return hits.filter((hit) => !isWithin(hit));
  }

  #told(text: string, escaped: string, pointer: Pointer): string {
    if (escaped === text) return text;
    const { log, ownTokens } = this.#options;
    const taken = log.report("redaction.token", `${pointer}`, "redact");
    return taken === "redact" || ownTokens ? escaped : text;
  }

  /** Our own stay where they stand letter by letter. */
  #escaped(text: string, copy: ScanCopy | undefined): string {
    const { ownTokens } = this.#options;
    const own = ownTokens ? tokensIn(text).filter(({ token }) => ownTokens.has(token)) : [];
    if (own.length === 0) return withoutForeignTokens(text, copy);
    let escaped = "";
    let from = 0;
    for (const { token, at } of own) {
      escaped += betweenOwn(text.slice(from, at)) + token;
      from = at + token.length;
    }
    return escaped + betweenOwn(text.slice(from));
  }
}

function betweenOwn(part: string): string {
  return withoutForeignTokens(part, new ScanCopy(part));
}
