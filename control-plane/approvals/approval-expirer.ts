import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore, ExpireResult } from "../../core/approvals/approval-store.ts";
import type { AuditWriter } from "../../core/audit/audit-writer.ts";
import type { Logger } from "../../core/service/log.ts";

export interface ApprovalExpirerOptions {
  readonly approvals: ApprovalStore;
  readonly audit: AuditWriter;
  readonly log: Logger;
  /** The ids of the proxies that live. Undefined: too early to tell who does not. */
  readonly livingProxies: () => Promise<ReadonlySet<string> | undefined>;
}

const sweepLimit = 2_000;

/** Ends approvals that nobody will end otherwise, and records it. */
export class ApprovalExpirer {
  readonly #options: ApprovalExpirerOptions;

  constructor(options: ApprovalExpirerOptions) {
    this.#options = options;
  }

  async expire(id: string): Promise<ExpireResult> {
    const result = await this.#options.approvals.expire(id);
    if (result.kind === "expired") await this.#record(id, "approval.expired");
    return result;
  }

  /** Ends what a lost timer left open, and executions whose proxy is gone. */
  async sweep(): Promise<void> {
    const { approvals } = this.#options;
    const overdue = await approvals.overdue(Date.now(), sweepLimit);
    const executing: string[] = [];
    for (const id of overdue) {
      const result = await this.expire(id);
      if (result.kind === "not-pending" && result.state === "executing") executing.push(id);
    }
    await this.#endAbandoned(executing);
    await approvals.sweepIndex(Date.now(), sweepLimit);
  }

  /** Whether the call of a dead proxy reached its upstream nobody knows: it is never run again. */
  async #endAbandoned(executing: readonly string[]): Promise<void> {
    if (executing.length === 0) return;
    const living = await this.#options.livingProxies();
    if (!living) return;
    for (const id of executing) {
      const claimedBy = (await this.#options.approvals.get(id))?.claimedBy;
      if (claimedBy === undefined || living.has(claimedBy)) continue;
      if (await this.#options.approvals.finish(id, claimedBy, "indeterminate")) {
        await this.#record(id, "approval.indeterminate");
      }
    }
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
