/** Thrown when a value asks for more work than it may cost. The inspector turns it into a verdict. */
export class ScanStopped extends Error {
  /** Id of the rule that stopped the scan. */
  readonly rule: "scan.budget" | "scan.limits";

  constructor(rule: ScanStopped["rule"], message: string) {
    super(message);
    this.rule = rule;
  }
}

/** Looking takes about four microseconds, a unit a fraction of one. */
const unitsBetweenLooks = 4_096;
const charactersPerUnit = 64;
/** The bytes of shorter texts are not worth counting: their characters are. */
const exactBytesFrom = 256;
/** Reading honest text costs half of that, on a machine of 2026 that other work slows down. */
const msPerMillionCharacters = 40;

/**
 * The time of this thread's processor that one value may cost. A clock on the wall would block honest values
 * wherever the machine is busy. Small values never look: only work in bulk is suspicious. Text that is read grows the
 * budget, since reading it once costs the same whatever it says; what confirmers ask for does not.
 */
export class ScanBudget {
  #limitMs: number;
  /** Set at the first look: asking for the time costs more than scanning an ordinary call. */
  #beganAtMs: number | undefined;
  #units = 0;
  #bytesLeft: number;

  constructor(limitMs: number, maxBytes = Number.POSITIVE_INFINITY) {
    this.#limitMs = limitMs;
    this.#bytesLeft = maxBytes;
  }

  /** Counts a text of the value, before it is read. Throws {@link ScanStopped} when the value is too long. */
  spendText(text: string): void {
    this.#bytesLeft -= text.length < exactBytesFrom ? text.length : Buffer.byteLength(text);
    if (this.#bytesLeft < 0) throw new ScanStopped("scan.budget", "it is too long");
  }

  /** Counts one window that a confirmer looks at. Throws {@link ScanStopped} when time is up. */
  spendWindow(units = 1): void {
    this.#spend(units);
  }

  /** Counts text that was read once. */
  spendCharacters(count: number): void {
    this.#limitMs += (count * msPerMillionCharacters) / 1e6;
    this.#spend(count / charactersPerUnit);
  }

  /** Counts text that is read by something slow, as so many characters: the budget does not grow by it. */
  spendWork(count: number): void {
    this.#spend(count / charactersPerUnit);
  }

  #spend(units: number): void {
    this.#units += units;
    if (this.#units < unitsBetweenLooks) return;
    this.#units = 0;
    const nowMs = spentMs();
    this.#beganAtMs ??= nowMs;
    if (nowMs > this.#beganAtMs + this.#limitMs) {
      throw new ScanStopped("scan.budget", "it takes too long to look through");
    }
  }
}

/** What this thread has used of its processor, in milliseconds. */
function spentMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
