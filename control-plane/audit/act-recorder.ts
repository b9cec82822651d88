import type { AuditTrail } from "../../core/audit/audit-trail.ts";
import { newCallId } from "../../core/audit/call-id.ts";
import type { AuditEntry } from "../../core/audit/record.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext } from "../../core/grpc/service.ts";
import type { Logger } from "../../core/service/log.ts";
import { clientAddressOf } from "../bearer-token.ts";

/** Something that an operator does. */
export interface Act {
  /** Such as "policy.pushed". */
  readonly event: string;
  readonly operator: string;
  readonly context: CallContext;
  /** What is known before. */
  readonly entry: Partial<AuditEntry>;
}

/** What an act came to, and what is known only after it. */
export interface ActResult<T> {
  readonly value: T;
  readonly entry?: Partial<AuditEntry>;
}

/**
 * Records what operators do, in two records that share a call id: `act.intent` before the effect, and after it
 * the act's own event, `act.refused` or `act.failed`. An act that cannot be recorded does not happen. An intent that nothing
 * follows is an act whose end nobody saw.
 */
export class ActRecorder {
  readonly #audit: Pick<AuditTrail, "write">;
  readonly #log: Logger;

  constructor(options: { readonly audit: Pick<AuditTrail, "write">; readonly log: Logger }) {
    this.#audit = options.audit;
    this.#log = options.log;
  }

  /** Runs the effect. Throwing an {@link RpcError} in it means that nothing was changed. */
  async perform<T>(act: Act, effect: () => Promise<ActResult<T>>): Promise<T> {
    const known: AuditEntry = {
      event: act.event,
      callId: newCallId(),
      operator: act.operator,
      clientAddress: clientAddressOf(act.context),
      ...act.entry,
    };
    await this.#writeIntent(known);
    try {
      const { value, entry } = await effect();
      await this.#writeEnd({ ...known, outcome: "done", ...entry });
      return value;
    } catch (error) {
      await this.#writeEnd(failureOf(known, error));
      throw error;
    }
  }

  async #writeIntent(known: AuditEntry): Promise<void> {
    const details = { ...known.details, act: known.event };
    await this.#audit.write({ ...known, event: "act.intent", details }).catch((cause: unknown) => {
      this.#log.error({ err: cause, act: known.event }, "an act could not be recorded");
      throw new RpcError(
        "unavailable",
        "nothing was done: the audit stream in Redis does not take the record of it",
        { cause },
      );
    });
  }

  /** The act has happened: failing it now would only make the operator repeat it. */
  async #writeEnd(entry: AuditEntry): Promise<void> {
    await this.#audit.write(entry, "shipped-if-possible").catch((error: unknown) => {
      this.#log.error(
        { err: error, act: entry.event, callId: entry.callId },
        "the end of an act is missing from the audit stream; its intent is there",
      );
    });
  }
}

/** A refused act changed nothing; of a failed one nobody knows. */
function failureOf(known: AuditEntry, error: unknown): AuditEntry {
  const refused = error instanceof RpcError;
  const reason = refused ? error.message : "the control plane failed; its log says why";
  return {
    ...known,
    event: refused ? "act.refused" : "act.failed",
    outcome: refused ? "refused" : "failed",
    details: { ...known.details, act: known.event, reason },
  };
}
