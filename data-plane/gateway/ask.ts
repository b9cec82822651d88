import { createHash } from "node:crypto";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { Call } from "../call/agent-request.ts";
import {
  type Answer,
  type KeptOfAnswer,
  keptBeyondCut,
  type Outcome,
  type PassedAnswer,
} from "../call/outcome.ts";
import { type Carry, newCarry } from "../inspection/carry.ts";
import { looksAtNothing, onlyRecords } from "../inspection/scan-scope.ts";
import type { AnswerPass } from "../upstreams/passing.ts";
import { isShownToScanners } from "./ask-scanners.ts";
import type { Way } from "./gateway.ts";
import { inspectAnswer, relay } from "./inspect-answer.ts";
import { holdsDefinitions } from "./withhold-definitions.ts";

/** What an upstream answered, and what was kept of it where nobody held it whole. */
export interface Asked {
  readonly answer: Answer | PassedAnswer;
  readonly kept: KeptOfAnswer | undefined;
  /** What the upstream said before. */
  readonly carry: Carry;
}

/** Asks the upstream. A long answer goes to the agent as it comes, where nothing asks for the whole of it. */
export async function ask(call: Call, scan: ScanSettings, way: Way): Promise<Asked> {
  const { forwarder } = way.gateway;
  const carry = newCarry();
  const listener = relay(call, { scan, carry }, way);
  const { beginAnswer } = way.reply;
  if (!beginAnswer || !mayPass(call, scan) || way.flows?.wantsWholeAnswers) {
    return { answer: await forwarder.call(call, call.body, listener), kept: undefined, carry };
  }
  const passed = new PassedOn(call, scan, way);
  const answer = await forwarder.call(call, call.body, { ...listener, pass: passed });
  return { answer, kept: answer.via === "passed" ? passed.end() : undefined, carry };
}

/** Inspects what was asked for. What went on as it came was looked at on its way. */
export async function inspectAsked(
  { answer, kept, carry }: Asked,
  asking: { readonly request: Call; readonly settings: ScanSettings },
  way: Way,
): Promise<Outcome> {
  if (answer.via !== "passed") return await inspectAnswer(answer, { ...asking, carry }, way);
  way.trail.responseBytes = answer.bytes;
  return { kind: "passed", answer, kept };
}

/**
 * A scan that redacts or blocks, and a scanner outside, asks for the whole: what has gone cannot be called back. Lists and greetings
 * are filtered, and what an approved call answers is kept for its agent.
 */
function mayPass(call: Call, scan: ScanSettings): boolean {
  if (call.right !== undefined || holdsDefinitions(call.message.method)) return false;
  return onlyRecords(scan) && !isShownToScanners(call, scan);
}

/** One long answer on its way to the agent: looked at, and its beginning and digest kept for the record. */
class PassedOn implements AnswerPass {
  readonly #way: Way;
  readonly #inspection: ReturnType<Way["gateway"]["inspector"]["inspectPieces"]> | undefined;
  readonly #hash: ReturnType<typeof createHash> | undefined;
  readonly #keptBytes: number;
  #beginning = Buffer.alloc(0);
  #send: (bytes: Buffer) => Promise<void> = async () => {};

  constructor(call: Call, scan: ScanSettings, way: Way) {
    this.#way = way;
    if (!looksAtNothing(scan)) this.#inspection = way.gateway.inspector.inspectPieces(scan);
    const { audit } = call.config.policy;
    this.#keptBytes = audit.maxValueBytes + keptBeyondCut;
    if (audit.results !== "none") this.#hash = createHash("sha256");
  }

  begin(start: Parameters<AnswerPass["begin"]>[0]): void {
    this.#send = this.#way.reply.beginAnswer?.(start) ?? this.#send;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#inspection?.take(bytes);
    if (this.#hash) this.#keep(this.#hash, bytes);
    await this.#send(bytes);
  }

  /** To be called when all of it has come. */
  end(): KeptOfAnswer | undefined {
    this.#way.trail.findings.push(...(this.#inspection?.end() ?? []));
    if (!this.#hash) return undefined;
    this.#keep(this.#hash, Buffer.from("}"));
    return { beginning: this.#beginning.toString("utf8"), sha256: this.#hash.digest("hex") };
  }

  #keep(hash: ReturnType<typeof createHash>, bytes: Buffer): void {
    hash.update(bytes);
    const room = this.#keptBytes - this.#beginning.length;
    if (room > 0) this.#beginning = Buffer.concat([this.#beginning, bytes.subarray(0, room)]);
  }
}
