/** What a rule finds, and what looks a little like it. */
export interface RuleExamples {
  readonly found: readonly string[];
  readonly harmless: readonly string[];
}

/**
 * Reads examples as they are written here: one a line, behind "+" what the rule finds, behind "-" what it leaves alone.
 * They may hold places to be filled, such as `<base62 36>` or `<newline 1>`: see `expand-example.ts`.
 */
export function readExamples(lines: string): RuleExamples {
  const found: string[] = [];
  const harmless: string[] = [];
  for (const line of lines.split("\n")) {
    const example = line.trimStart();
    if (example.startsWith("+ ")) found.push(example.slice(2));
    else if (example.startsWith("- ")) harmless.push(example.slice(2));
    else if (example !== "") throw new Error(`an example begins with neither + nor -: ${example}`);
  }
  return { found, harmless };
}
