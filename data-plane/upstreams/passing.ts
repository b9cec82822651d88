import type { PassedAnswer } from "../call/outcome.ts";
import type { AnswerStart } from "../call/reply.ts";
import { EnvelopeScan } from "../mcp/envelope-scan.ts";
import type { RequestId } from "../mcp/json-rpc.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Takes an answer that is too long to be held, where nothing asks for the whole of it. */
export interface AnswerPass {
  /** Its first bytes are on their way. */
  begin(start: AnswerStart): void;
  /** Resolves when more may come. */
  write(bytes: Buffer): Promise<void>;
}

/** Nothing is held of it, but nothing is without end. */
const maxPassedBytes = 1024 * 1024 * 1024;

export interface PassingOptions {
  readonly upstream: string;
  readonly requestId: RequestId;
  readonly pass: AnswerPass;
}

/**
 * One answer on its way to the agent while it comes. Some servers write the id behind the result, so whether it is
 * the answer to this call may show last: the brace that makes it JSON is kept back until then, and until the
 * outcome is recorded. What turns out to be none is never completed.
 */
export class Passing {
  readonly #options: PassingOptions;
  readonly #scan = new EnvelopeScan();
  #bytes = 0;

  private constructor(options: PassingOptions) {
    this.#options = options;
  }

  /** Begins when these first pieces are those of a result that may be the answer; undefined when they are not. */
  static async begin(
    first: readonly Buffer[],
    start: AnswerStart,
    options: PassingOptions,
  ): Promise<Passing | undefined> {
    const look = new EnvelopeScan();
    for (const piece of first) look.push(piece);
    const isOurs = look.id === undefined || look.id === options.requestId;
    if (look.problem !== undefined || !look.isInResult || !isOurs) return undefined;
    const passing = new Passing(options);
    options.pass.begin(start);
    for (const piece of first) await passing.take(piece);
    return passing;
  }

  /** Passes the next bytes on. Throws an UpstreamError when the answer turns out to be none. */
  async take(bytes: Buffer): Promise<void> {
    this.#bytes += bytes.length;
    if (this.#bytes > maxPassedBytes) this.#fail(`is longer than ${maxPassedBytes} bytes`);
    const wasComplete = this.#scan.isComplete;
    const end = this.#scan.push(bytes);
    if (this.#scan.problem !== undefined) this.#fail(this.#scan.problem);
    if (!wasComplete && end > 0) await this.#options.pass.write(bytes.subarray(0, end));
  }

  /** To be called when everything has come. Throws an UpstreamError when it is not the answer. */
  finish(): PassedAnswer {
    const { isComplete, id, isToolError } = this.#scan;
    if (!isComplete) this.#fail("breaks off");
    if (id !== this.#options.requestId) this.#fail("is not the answer to this call");
    return { via: "passed", end: Buffer.from("}"), bytes: this.#bytes, isToolError };
  }

  #fail(what: string): never {
    throw new UpstreamError(
      `upstream ${this.#options.upstream} sent a long answer that ${what}, so it was cut off`,
    );
  }
}
