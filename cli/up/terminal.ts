const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
/** Quicker things are not worth a word. */
const silentMs = 1_000;
const everyMs = 10_000;

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Tells a person what goes on: whole lines, and the progress of what takes longer than a second. */
export class Terminal {
  readonly #screen: Screen;
  #isSpinning = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Writes a line, in place of the spinner where one turns. */
  readonly say = (line: string): void => {
    this.#clear();
    this.#screen.write(`${line}\n`);
  };

  /** Shows that work goes on until it has ended: a spinner on a terminal, elsewhere a line now and then. */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    const startedAt = Date.now();
    const seconds = () => ((Date.now() - startedAt) / 1000).toFixed(0);
    let told = false;
    const tell = () => {
      if (this.#screen.isTTY) return;
      told = true;
      this.say(`${what} … ${seconds()} s`);
    };
    const first = setTimeout(tell, silentMs);
    const spinner = setInterval(() => this.#spin(`${what} … ${seconds()} s`, startedAt), 100);
    const reminder = setInterval(tell, everyMs);
    try {
      const result = await work;
      if (told || Date.now() - startedAt > silentMs) this.say(`✔ ${what} (${seconds()} s)`);
      return result;
    } finally {
      clearTimeout(first);
      clearInterval(spinner);
      clearInterval(reminder);
      this.#clear();
    }
  }

  #spin(text: string, startedAt: number): void {
    if (!this.#screen.isTTY || Date.now() - startedAt < silentMs / 2) return;
    const frame = frames[Math.floor(Date.now() / 100) % frames.length];
    this.#screen.write(`\r\x1b[K${frame} ${text}`);
    this.#isSpinning = true;
  }

  #clear(): void {
    if (this.#isSpinning) this.#screen.write("\r\x1b[K");
    this.#isSpinning = false;
  }
}
