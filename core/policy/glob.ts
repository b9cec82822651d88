/** Tests a name against a glob in which `*` stands for any run of characters. */
export type GlobMatcher = (name: string) => boolean;

const globs = new WeakMap<GlobMatcher, string>();

/** The glob that a matcher was compiled from. Undefined: it was made of several, or otherwise. */
export function globOf(matcher: GlobMatcher): string | undefined {
  return globs.get(matcher);
}

/**
 * Compiles a glob. Matching takes time linear in the name for each `*`, whatever the name holds:
 * a regular expression would skip line breaks with `.` and could be made to backtrack by the caller.
 */
export function compileGlob(glob: string): GlobMatcher {
  const matcher = toMatcher(glob);
  globs.set(matcher, glob);
  return matcher;
}

function toMatcher(glob: string): GlobMatcher {
  const parts = glob.split("*");
  const first = parts[0] ?? "";
  if (parts.length === 1) return (name) => name === glob;
  const last = parts.at(-1) ?? "";
  const middle = parts.slice(1, -1).filter((part) => part !== "");
  const leastLength = first.length + last.length;

  return (name) => {
    if (name.length < leastLength || !name.startsWith(first) || !name.endsWith(last)) return false;
    let from = first.length;
    const end = name.length - last.length;
    for (const part of middle) {
      const at = name.indexOf(part, from);
      if (at < 0 || at + part.length > end) return false;
      from = at + part.length;
    }
    return true;
  };
}

/** Compiles several globs into one matcher: one of them is enough. */
export function compileGlobs(globs: readonly string[]): GlobMatcher {
  const matchers = globs.map(compileGlob);
  return (name) => matchers.some((matches) => matches(name));
}
