/** Thrown when a value asks for more work than it may cost. The inspector turns it into a verdict. */
export class ScanStopped extends Error {
  /** Id of the rule that stopped the scan. */
  readonly rule: "scan.budget" | "scan.limits";

  constructor(rule: ScanStopped["rule"], message: string) {
    super(message);
    this.rule = rule;
  }
}

/** Thrown where a text asks for more work than is left for its message: what is not looked at yet counts as found. */
export class WorkUsedUp extends ScanStopped {
  constructor() {
    super("scan.budget", tooLong);
  }
}

const tooLong = "it takes too long to look through";

/** Looking takes about four microseconds, a unit a fraction of one. */
const unitsBetweenLooks = 4_096;
const charactersPerUnit = 96;
/** The bytes of shorter texts are not worth counting: their characters are. */
const exactBytesFrom = 256;
/** Reading honest text costs half of that, on a machine of 2026 that other work slows down. */
const msPerMillionCharacters = 40;
/** A unit stands for about 0.7 µs of a quiet core of two that others use, too. */
const unitsPerMs = 1_400;
/** So long a message may take all of the work; a longer one more, in proportion. */
const fullLength = 1_048_576;
/** What tools say of themselves comes in long lists, seldom, and all of it is looked at. */
const weightOfDefinitions = 8;
/** Machines are slow, other work is done on them, and a process that just began compiles first: what is counted ends a scan long before the clock does. */
const patience = 40;
/** Names and short values are looked at even where a long text before has used all up: clients cannot do without them. */
const longestShort = 256;
/** What is left for them, as a share of all. */
const reserve = 0.25;

/**
 * The time of this thread's processor that one value may cost. A clock on the wall would block honest values
 * wherever the machine is busy. Small values never look: only work in bulk is suspicious. Text that is read grows the
 * budget, since reading it once costs the same whatever it says; what confirmers ask for does not.
 *
 * The work itself is counted, too, and bounded by the length of the texts: whatever a text is made of, to look through it takes a time
 * that is known before, on any machine.
 */
export class ScanBudget {
  #limitMs: number;
  /** Set at the first look: asking for the time costs more than scanning an ordinary call. */
  #beganAtMs: number | undefined;
  #unitsSinceLook = 0;
  #bytesLeft: number;
  #characters = 0;
  #work = 0;
  /** Without a text that was counted there is no bound. */
  #mostWork = Number.POSITIVE_INFINITY;
  #isShort = false;
  /** For messages that are not long. */
  readonly #units: number;

  /** `maxMs`: work for a message of up to 1 MiB, in milliseconds of a quiet core. */
  constructor(maxMs: number, maxBytes = Number.POSITIVE_INFINITY) {
    this.#limitMs = maxMs * patience;
    this.#units = maxMs * unitsPerMs;
    this.#bytesLeft = maxBytes;
  }

  /** Counts a text of the value, before it is read. Throws {@link ScanStopped} when the value is too long. */
  spendText(text: string, isDefinition = false): void {
    this.#bytesLeft -= text.length < exactBytesFrom ? text.length : Buffer.byteLength(text);
    if (this.#bytesLeft < 0) throw new ScanStopped("scan.budget", "it is too long");
    this.#characters += text.length * (isDefinition ? weightOfDefinitions : 1);
    this.#begin(text.length <= longestShort);
  }

  /** What is looked at next is short, and has a reserve. */
  beginShort(): void {
    this.#begin(true);
  }

  #begin(isShort: boolean): void {
    this.#isShort = isShort;
    const units = this.#units * Math.max(1, this.#characters / fullLength);
    this.#mostWork = isShort ? units * (1 + reserve) : units;
    if (this.#work > this.#mostWork) this.#stop();
  }

  /** Looks for what may use up so much of all the work, with what was done before. Throws {@link WorkUsedUp} where it asks for more. */
  atMost<Found>(share: number, look: () => Found): Found {
    if (this.#isShort) return look();
    const most = this.#mostWork;
    this.#mostWork = most * share;
    try {
      return look();
    } finally {
      this.#mostWork = most;
    }
  }

  /** Counts one window that a confirmer looks at. Throws {@link ScanStopped} when time or work is used up. */
  spendWindow(units = 1): void {
    this.#spend(units);
  }

  /** Counts text that was read once. `share`: of what the one pass over all of it costs. */
  spendCharacters(count: number, share = 1): void {
    this.#limitMs += (count * msPerMillionCharacters) / 1e6;
    this.#spend((count * share) / charactersPerUnit);
  }

  /** Counts text that is read by something slow, as so many characters: the budget does not grow by it. */
  spendWork(count: number): void {
    this.#spend(count / charactersPerUnit);
  }

  /** The same of what the operator asks for: it takes of the time, and not of what texts may ask for. */
  spendTime(count: number): void {
    this.#look(count / charactersPerUnit);
  }

  #spend(units: number): void {
    this.#work += units;
    if (this.#work > this.#mostWork) this.#stop();
    this.#look(units);
  }

  #look(units: number): void {
    this.#unitsSinceLook += units;
    if (this.#unitsSinceLook < unitsBetweenLooks) return;
    this.#unitsSinceLook = 0;
    const nowMs = spentMs();
    this.#beganAtMs ??= nowMs;
    if (nowMs > this.#beganAtMs + this.#limitMs) {
      throw new ScanStopped("scan.budget", tooLong);
    }
  }

  #stop(): never {
    throw this.#isShort ? new ScanStopped("scan.budget", tooLong) : new WorkUsedUp();
  }
}

/** What this thread has used of its processor, in milliseconds. */
function spentMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
