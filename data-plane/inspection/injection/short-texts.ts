import type { NameTraits } from "./name-traits.ts";
import { formsOf } from "./read-forms.ts";

const longest = 512;

/** Texts do not begin by leaving a quote, an element or a query. */
const breaksOut = /^\s{0,4}(?:["'`<)\]}>$#{;|&-]|(?:java|vb)script:)/i;

/** Code within a text, as Markdown writes it: it leaves nothing, unless it begins as what goes on behind a quote. */
const codeAtFirst = /^\s{0,4}`(?:[\w@./#][^`\n]{0,80}|[<>=!]{1,3})`(?=[\s.,:;!?)]|$)/;

/** What is run where the text is shown. Of a page, of a template, of a log. */
const running: readonly (readonly [rule: string, shape: RegExp])[] = [
  [
    "html",
    /(?:^|[\s"'`/<])on[a-z]{3,24}\s{0,4}=\s{0,4}["'`]?\s{0,4}(?:[\w$.]{1,40}\s{0,4}[(`&\\]|["'\w$.]{0,40}:\w)/i,
  ],
  [
    "html",
    /<script[^<>]{0,200}>[^<]{0,200}[(`=;]|<script[\s/][^<>]{0,200}src\s?=|<(?:iframe|embed|object|svg|math|base|link|meta|form)\b[^<>]{0,200}(?:javascript:|data:|srcdoc\s?=)/i,
  ],
  ["html", /^\W{0,8}(?:java|vb)script:\s{0,4}[^\s]{0,80}[(`]|\bexpression\s?\(|\bdata:text\/html/i],
  ["html", /^\W{1,8}(?:alert|prompt|confirm|eval|fetch|import)\s{0,4}[(`]/i],
  ["java", /\$\{\s{0,4}(?:\$\{|jndi:|script:\w|url:UTF|dns:\w)/i],
  [
    "script",
    /\bconstructor\b[^\n]{0,40}\bconstructor\b|\.constructor\(|__(?:class|globals|import|subclasses|mro|builtins)__/i,
  ],
];

/** Lines that begin as those of a mail or an answer do. */
const headerLine =
  /[\r\n]\s{0,4}(?:Set-Cookie|Location|Bcc|Cc|To|From|Reply-To|Subject|Content-(?:Type|Length)|Transfer-Encoding|MIME-Version|X-[A-Za-z-]{2,40})\s?:\s?\S|\r\n\s{0,4}HTTP\/\d/i;

const statementWords =
  /\b(?:union|all|distinct|select|from|where|and|or|not|order|group|by|like|is|in|insert|into|values|drop|table|delete|update|set|having|null|limit|script)\b/gi;
const sentence =
  /(?<![\w'"=.-])[a-z]{2,16}(?:'[a-z]{1,2})?,? [a-z]{2,16}(?:'[a-z]{1,2})?,? [a-z]{2,16}(?![\w(=])/i;

/** What a shown text of this name holds that runs where it is shown, as ends of rules' names. It begins with it: to speak of payloads is none. */
export function runningIn({ isHeader }: NameTraits, value: string): readonly string[] {
  if (value.length > longest) return [];
  const found = isHeader && headerLine.test(value) ? ["header"] : [];
  if (!breaksOut.test(value.replace(codeAtFirst, ""))) return found;
  if (sentence.test(value.replaceAll(statementWords, "0"))) return found;
  const forms = formsOf(value, "id");
  const runs = running.filter(([, shape]) => forms.some((form) => shape.test(form)));
  return [...new Set([...found, ...runs.map(([rule]) => rule)])];
}

/** Whether a short text may be a part of a query: it begins by closing a quote, and is no sentence. */
export function mayCloseQuote(value: string): boolean {
  if (
    value.length > longest ||
    !/^\s{0,4}["'`]\s{0,4}[)\]]{0,4}\s{0,4}(?:[|/;=<>]|--|#|x?or\b|and\b|union\b|having\b|&&)/i.test(
      value.replace(codeAtFirst, ""),
    )
  )
    return false;
  return !sentence.test(value.replaceAll(statementWords, "0"));
}
