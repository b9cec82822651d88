import type { ExecutionEnd } from "../../core/approvals/approval-record.ts";
import {
  type ApprovalStore,
  type ExecutionResult,
  type Fence,
  fenceLeaseMs,
} from "../../core/approvals/approval-store.ts";
import type { Logger } from "../../core/service/log.ts";
import { RightIsOver, type SendingRight } from "../call/sending-right.ts";

const renewEveryMs = fenceLeaseMs / 3;
/** What Redis said so recently need not be asked again. */
const knownForMs = 1_000;
/** Long before others may give the execution up: a message on its way must not arrive after that. */
const sendWithinMs = (fenceLeaseMs * 2) / 3;

/** Clocks of this process in milliseconds: one that never goes back, and one that goes on while a machine sleeps. */
export interface Clocks {
  readonly monotonic: () => number;
  readonly wall: () => number;
}

/** Why an execution ended so, whether an identical call may ask anew at once, and what it gets otherwise. */
export type FinishNote = Omit<ExecutionResult, "state">;

const ownClocks: Clocks = { monotonic: () => performance.now(), wall: Date.now };

interface RightOptions {
  readonly store: ApprovalStore;
  readonly log: Logger;
  readonly approvalId: string;
  readonly fence: Fence;
  readonly clocks?: Clocks;
}

/**
 * The right of this process to execute one approved call once. It is a lease: a process that was frozen for longer
 * has lost it, and must find out before it sends, by clocks that were read before Redis was asked.
 */
export class ExecutionRight implements SendingRight {
  readonly approvalId: string;
  readonly #options: RightOptions;
  readonly #clocks: Clocks;
  #heldSince: { readonly monotonic: number; readonly wall: number };
  #isLost = false;
  #hasDeparted = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: RightOptions) {
    this.approvalId = options.approvalId;
    this.#options = options;
    this.#clocks = options.clocks ?? ownClocks;
    this.#heldSince = this.#now();
  }

  /** Takes the right. Undefined: somebody else has it, or the approval is over. */
  static async claim(options: RightOptions): Promise<ExecutionRight | undefined> {
    const right = new ExecutionRight(options);
    if (!(await options.store.claim(options.approvalId, options.fence))) return undefined;
    right.#timer = setInterval(() => void right.#renew(), renewEveryMs).unref();
    return right;
  }

  /** Whether the call was about to leave, so that it cannot be known that it did not run. */
  get hasDeparted(): boolean {
    return this.#hasDeparted;
  }

  /** Whether Redis says that the right is ours, or has said so just now. */
  async isHeld(): Promise<boolean> {
    if (this.#heldForMs() > knownForMs) await this.#renew();
    return !this.#isLost && !this.#isStale();
  }

  depart(): void {
    if (this.#isLost || this.#isStale()) throw new RightIsOver(this.approvalId);
    this.#hasDeparted = true;
  }

  /** Notes how the execution ended. Rejects when Redis does not take it: until it did, the right is prolonged. */
  async finish(state: ExecutionEnd, note: FinishNote = {}): Promise<void> {
    const { store, approvalId, fence } = this.#options;
    await store.finish(approvalId, fence, { state, ...note });
    this.release();
  }

  /** Gives the approval back: nothing was sent, and nothing will be. False: it is too late for that. Rejects as finish does. */
  async giveBack(): Promise<boolean> {
    if (this.#hasDeparted) return false;
    // Before Redis is asked: others may claim it as soon as it was.
    this.#isLost = true;
    const { store, approvalId, fence } = this.#options;
    const isGiven = await store.giveBack(approvalId, fence);
    if (isGiven) this.release();
    return isGiven;
  }

  /** Prolongs it no longer: what was not noted by then becomes indeterminate, which is the truth. */
  release(): void {
    clearInterval(this.#timer);
  }

  #isStale(): boolean {
    return this.#heldForMs() > sendWithinMs;
  }

  /** Since Redis was last asked and said that it is ours. */
  #heldForMs(): number {
    const { monotonic, wall } = this.#now();
    return Math.max(monotonic - this.#heldSince.monotonic, wall - this.#heldSince.wall);
  }

  async #renew(): Promise<void> {
    const { store, log, approvalId, fence } = this.#options;
    const askedAt = this.#now();
    try {
      if (await store.renew(approvalId, fence)) this.#heldSince = askedAt;
      else this.#isLost = true;
    } catch (error) {
      log.warn({ err: error, approval: approvalId }, "the right to execute could not be renewed");
    }
  }

  #now() {
    return { monotonic: this.#clocks.monotonic(), wall: this.#clocks.wall() };
  }
}
