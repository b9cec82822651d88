import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore, ExpireResult } from "../../core/approvals/approval-store.ts";
import type { AuditTrail } from "../../core/audit/audit-trail.ts";
import type { Logger } from "../../core/service/log.ts";

export interface ApprovalExpirerOptions {
  readonly approvals: ApprovalStore;
  readonly audit: Pick<AuditTrail, "write">;
  readonly log: Logger;
  /** Milliseconds since the epoch: chooses what is looked at. What ends is for Redis's clock to say. */
  readonly now?: () => number;
}

const sweepLimit = 2_000;

/** Ends approvals of which a clock has run out, and records it. */
export class ApprovalExpirer {
  readonly #options: ApprovalExpirerOptions;

  constructor(options: ApprovalExpirerOptions) {
    this.#options = options;
  }

  async expire(id: string): Promise<ExpireResult> {
    const result = await this.#options.approvals.expire(id);
    if (result.kind === "ended") await this.#record(id, `approval.${result.state}`);
    return result;
  }

  /**
   * Ends what a lost timer left open, approved calls that nobody began, and executions whose proxy is gone:
   * whether the call of a dead proxy reached its upstream nobody knows, so it is never run again.
   */
  async sweep(): Promise<void> {
    const { approvals, now = Date.now } = this.#options;
    for (const id of await approvals.overdue(now(), sweepLimit)) await this.expire(id);
    await approvals.sweepIndex(now(), sweepLimit);
  }

  /** The state has changed already; a missing record of it is for the log. */
  async #record(id: string, event: string): Promise<void> {
    const { approvals, audit, log } = this.#options;
    try {
      const approval = await approvals.get(id);
      if (approval) await audit.write(entryOf(event, approval));
    } catch (error) {
      log.error({ err: error, approval: id, event }, "the end of an approval was not recorded");
    }
  }
}

function entryOf(event: string, approval: ApprovalRecord) {
  const { id, state, agent, groups, route, upstream, tool, operations, claimedBy } = approval;
  return {
    event,
    agent,
    groups,
    route,
    upstream,
    tool,
    operations,
    approval: { id, state },
    ...(claimedBy !== undefined && { details: { proxy: claimedBy } }),
  };
}
