const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

const form = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** What google.protobuf.Duration can hold. */
const maxMs = 315_576_000_000 * 1_000;

/** What to write, for messages. */
export const durationForm = "a duration such as 500ms, 30s, 15m, 1h30m or 7d";

/** Reads `500ms`, `30s`, `1h30m`: units from large to small, each once. Undefined when it is none. */
export function parseDurationMs(text: string): number | undefined {
  const parts = form.exec(text);
  if (text === "" || !parts) return undefined;
  const ms = Object.values(unitsMs).reduce(
    (sum, unitMs, index) => sum + Number(parts[index + 1] ?? 0) * unitMs,
    0,
  );
  return ms <= maxMs ? ms : undefined;
}

/** Writes milliseconds in the form that {@link parseDurationMs} reads. */
export function formatDurationMs(ms: number): string {
  let restMs = ms;
  let text = "";
  for (const [unit, unitMs] of Object.entries(unitsMs)) {
    const count = Math.floor(restMs / unitMs);
    if (count > 0) text += `${count}${unit}`;
    restMs -= count * unitMs;
  }
  return text || "0s";
}
