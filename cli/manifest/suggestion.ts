/** The known name that someone who wrote `name` most likely meant. */
export function suggest(name: string, known: readonly string[]): string | undefined {
  const sameLetters = known.find((candidate) => letters(candidate) === letters(name));
  if (sameLetters) return sameLetters;
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: countEdits(letters(name), letters(candidate)) }))
    .sort((one, other) => one.edits - other.edits);
  const allowedEdits = Math.max(1, Math.floor(name.length / 3));
  return nearest && nearest.edits <= allowedEdits ? nearest.candidate : undefined;
}

/** ` (did you mean x?)`, or nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const suggestion = suggest(name, known);
  return suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "");
}

/** Levenshtein distance. A name that is far too long is cut: it has no near neighbour anyway. */
function countEdits(one: string, other: string): number {
  const source = one.slice(0, 64);
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [line, char] of [...source].entries()) {
    const next = [line + 1];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (other[column - 1] === char ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
