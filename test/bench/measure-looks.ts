/** Times of many short pieces of work, and how they are told. */

export interface Line {
  readonly what: string;
  readonly bytes: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

interface Measured<Value> {
  readonly what: string;
  /** On average. */
  readonly bytes: number;
  readonly rounds: number;
  /** Before the time counts. */
  readonly make: (round: number) => Value;
  readonly look: (value: Value) => unknown;
}

/** After half as many rounds as then count. */
export function measure<Value>({ what, bytes, rounds, make, look }: Measured<Value>): Line {
  for (let round = 0; round < rounds / 2; round += 1) look(make(round));
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const value = make(round);
    const startedAt = performance.now();
    look(value);
    times.push((performance.now() - startedAt) * 1_000);
  }
  times.sort((one, other) => one - other);
  const at = (share: number) =>
    Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
  return { what, bytes, p50Us: at(0.5), p99Us: at(0.99) };
}

/** A table of them. */
export function printLines(lines: readonly Line[]): void {
  process.stdout.write(
    `${"".padEnd(44)}${"bytes".padStart(10)}${"p50 µs".padStart(12)}${"p99 µs".padStart(12)}${"µs/KiB".padStart(10)}\n`,
  );
  for (const { what, bytes, p50Us, p99Us } of lines) {
    const perKib = (p50Us / (bytes / 1_024)).toFixed(1);
    process.stdout.write(
      `${what.padEnd(44)}${String(Math.round(bytes)).padStart(10)}${String(p50Us).padStart(12)}${String(p99Us).padStart(12)}${perKib.padStart(10)}\n`,
    );
  }
}
