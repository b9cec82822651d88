/**
 * From this length of a text on V8 makes machine code of a pattern at once. For shorter ones it makes bytecode first, which
 * for patterns of thousands of characters takes ten times as long: a second for all of them, in the first answer that is read.
 */
const longText = " ".repeat(1_000);

const compiled = new WeakSet<RegExp>();

/** Compiles a global pattern before it is first asked. Costs nothing after that. */
export function compileAtOnce(pattern: RegExp): void {
  if (compiled.has(pattern)) return;
  compiled.add(pattern);
  pattern.lastIndex = 0;
  pattern.test(longText);
}
