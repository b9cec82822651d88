/** A place at which two definitions differ. Undefined: it is not there on that side. */
export interface DefinitionChange {
  /** JSON Pointer (RFC 6901). */
  readonly pointer: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const maxLeaves = 20_000;
const maxDepth = 200;

/**
 * Where two canonical definitions differ, from leaf to leaf; texts as they are, everything else as JSON. What is no JSON
 * (definitions are cut after 64 KiB) is compared as one text.
 */
export function compareDefinitions(before: string, after: string): readonly DefinitionChange[] {
  const old = leavesOf(before);
  const now = leavesOf(after);
  if (!old || !now) return before === after ? [] : [{ pointer: "", before, after }];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((pointer) => ({ pointer, before: old.get(pointer), after: now.get(pointer) }))
    .filter((change) => change.before !== change.after);
}

function leavesOf(definition: string): ReadonlyMap<string, string> | undefined {
  const leaves = new Map<string, string>();
  try {
    collect(JSON.parse(definition), { pointer: "", depth: 0 }, leaves);
    return leaves;
  } catch {
    return undefined;
  }
}

function collect(
  value: unknown,
  { pointer, depth }: { readonly pointer: string; readonly depth: number },
  leaves: Map<string, string>,
): void {
  const isContainer = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!isContainer || depth >= maxDepth || leaves.size >= maxLeaves) {
    leaves.set(pointer, typeof value === "string" ? value : JSON.stringify(value));
    return;
  }
  for (const [key, entry] of Object.entries(value)) {
    const step = key.replaceAll("~", "~0").replaceAll("/", "~1");
    collect(entry, { pointer: `${pointer}/${step}`, depth: depth + 1 }, leaves);
  }
}
