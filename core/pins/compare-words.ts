export interface WordChange {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}

/** More words are not compared one by one: the time would grow with the square. */
const maxWords = 1_500;

/** How one text became another, in words; white space belongs to the word before it. */
export function compareWords(before: string, after: string): readonly WordChange[] {
  const old = wordsOf(before);
  const now = wordsOf(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  const shortest = Math.min(old.length, now.length) - start;
  while (end < shortest && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  return joined([
    ...marked("same", old.slice(0, start)),
    ...compareMiddle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...marked("same", old.slice(old.length - end)),
  ]);
}

function compareMiddle(old: readonly string[], now: readonly string[]): WordChange[] {
  if (old.length > maxWords || now.length > maxWords) {
    return [...marked("removed", old), ...marked("added", now)];
  }
  const lengths = commonLengths(old, now);
  const changes: WordChange[] = [];
  let at = 0;
  let to = 0;
  for (;;) {
    const kind = nextStep(
      { old: old.slice(at, at + 1), now: now.slice(to, to + 1) },
      () => lengths.from(at + 1, to) >= lengths.from(at, to + 1),
    );
    if (kind === undefined) return changes;
    changes.push({ kind, text: (kind === "added" ? now[to] : old[at]) ?? "" });
    if (kind !== "added") at += 1;
    if (kind !== "removed") to += 1;
  }
}

/** The step from these two words on; undefined at the end. */
function nextStep(
  {
    old: [before],
    now: [after],
  }: { readonly old: readonly string[]; readonly now: readonly string[] },
  removingIsBetter: () => boolean,
): WordChange["kind"] | undefined {
  if (before === undefined) return after === undefined ? undefined : "added";
  if (before === after) return "same";
  return after === undefined || removingIsBetter() ? "removed" : "added";
}

/** How long the longest common subsequence is from each pair of places on. */
function commonLengths(old: readonly string[], now: readonly string[]) {
  const width = now.length + 1;
  const lengths = new Uint16Array((old.length + 1) * width);
  const from = (at: number, to: number) => lengths[at * width + to] ?? 0;
  for (let at = old.length - 1; at >= 0; at -= 1) {
    for (let to = now.length - 1; to >= 0; to -= 1) {
      lengths[at * width + to] =
        old[at] === now[to]
          ? from(at + 1, to + 1) + 1
          : Math.max(from(at + 1, to), from(at, to + 1));
    }
  }
  return { from };
}

function wordsOf(text: string): string[] {
  return text.match(/\s+|\S+\s*/gu) ?? [];
}

function marked(kind: WordChange["kind"], words: readonly string[]): WordChange[] {
  return words.map((text) => ({ kind, text }));
}

function joined(changes: readonly WordChange[]): readonly WordChange[] {
  const found: { kind: WordChange["kind"]; text: string }[] = [];
  for (const { kind, text } of changes) {
    const last = found.at(-1);
    if (last?.kind === kind) last.text += text;
    else found.push({ kind, text });
  }
  return found;
}
