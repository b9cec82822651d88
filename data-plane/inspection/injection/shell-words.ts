/** Stands among the words where a command ends. */
export const separator = "\n";

const outside = /'([^']*)(?:'|$)|(")|\\([\s\S]?)|(\$\(|[`;|&\n()])|(\s)|([^'"\\`;|&\n()\s$]+|\$)/y;
const withinQuotes = /(?!)()|(")|\\([\s\S]?)|(\$\(|`)|(?!)()|([^"\\`$]+|\$)/y;
/** Quotes within a substitution within quotes: here they protect nothing, so that nothing hides behind them. */
const unprotected = /(?!)()|(")|\\([\s\S]?)|(\$\(|[`;|&\n()])|([\s'])|([^'"\\`;|&\n()\s$]+|\$)/y;

/** The words of a command line without their quotes, and separators. A substitution is a command of its own, in quotes too. */
export function shellWords(source: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let pattern = outside;
  const end = () => {
    if (word !== "") words.push(word);
    word = "";
  };
  for (let at = 0; at < source.length; at = pattern.lastIndex) {
    const current = pattern;
    current.lastIndex = at;
    const match = current.exec(source);
    if (!match) break;
    const [, plain, quote, escaped, border, blank, rest] = match;
    pattern = nextPattern(current, quote, border);
    pattern.lastIndex = at + match[0].length;
    if (border !== undefined || blank !== undefined) end();
    if (border !== undefined) words.push(separator);
    word += plain ?? escaped ?? rest ?? "";
  }
  end();
  return words;
}

function nextPattern(
  current: RegExp,
  quote: string | undefined,
  border: string | undefined,
): RegExp {
  if (current === unprotected) return current;
  if (current === withinQuotes && border !== undefined) return unprotected;
  if (quote === undefined) return current;
  return current === outside ? withinQuotes : outside;
}
