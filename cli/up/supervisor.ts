import type { CliError } from "../errors.ts";
import { Child, type ChildSpec, type ChildSurroundings } from "./child.ts";

/** How long a process may take to finish what it does. */
const graceMs = 10_000;

/** Runs the processes of the gateway, and ends them in the reverse of the order in which they were started. */
export class Supervisor {
  /** Resolves when a process is given up. */
  readonly failed: Promise<CliError>;
  readonly #surroundings: ChildSurroundings;
  readonly #groups: (readonly Child[])[] = [];
  #fail: (error: CliError) => void = () => undefined;
  #stopped = false;

  constructor(surroundings: ChildSurroundings) {
    this.#surroundings = surroundings;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  /** Starts processes that need the ones before them, and not each other. */
  start(...specs: readonly ChildSpec[]): readonly Child[] {
    if (this.#stopped) throw new Error("the gateway is being stopped");
    const children = specs.map((spec) => new Child(spec, this.#surroundings));
    this.#groups.push(children);
    for (const child of children) void child.givenUp.then(this.#fail);
    return children;
  }

  /** Ends everything, group by group. `onGroup` hears the names of each group before it is ended. */
  async stop(onGroup: (names: readonly string[]) => void = () => undefined): Promise<void> {
    this.#stopped = true;
    for (const group of this.#groups.toReversed()) {
      onGroup(group.map((child) => child.spec.name));
      await Promise.all(group.map((child) => child.stop(graceMs)));
    }
  }

  /** Ends everything at once, for somebody who does not want to wait. */
  kill(): void {
    this.#stopped = true;
    for (const child of this.#groups.flat()) child.kill();
  }
}
