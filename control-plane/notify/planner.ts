import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import type { CompiledApproval, CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import type { Logger } from "../../core/service/log.ts";
import type { PolicyInUse } from "../policy/policy-in-use.ts";
import type { NoticeKind } from "./delivery.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { NoticeJobs } from "./jobs.ts";

export interface PlannerOptions {
  readonly approvals: ApprovalStore;
  readonly deliveries: DeliveryStore;
  readonly jobs: NoticeJobs;
  readonly policies: PolicyInUse;
  readonly log: Logger;
}

/** Beyond this many the sweep is quick enough. */
const maxSeen = 5_000;
const atOnce = 20;

/**
 * Sees to it that people are told. Every control plane plans every approval, and may do so again and again: the stores
 * let each message come into being once. What a crash left undone, the next sweep of any of them does.
 */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #seen = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** Something happened to this approval. Returns at once. */
  see(id: string): void {
    if (this.#seen.size >= maxSeen) return;
    this.#seen.add(id);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Plans what was not seen, and what the latest policy changed. */
  async sweep(): Promise<void> {
    const { approvals, deliveries, policies } = this.#options;
    const version = policies.current?.version;
    if (version === undefined) return;
    const alone = await approvals.toReview(maxSeen);
    const ids = [...(await deliveries.unplanned(version)), ...alone.map(({ id }) => id)];
    for (let start = 0; start < ids.length; start += atOnce) {
      await Promise.all(ids.slice(start, start + atOnce).map((id) => this.plan(id)));
    }
  }

  /** Arranges all messages that this approval will ask for. */
  async plan(id: string): Promise<void> {
    const { approvals, deliveries, policies } = this.#options;
    const inUse = policies.current;
    const record = inUse && (await approvals.get(id));
    if (!record) return;
    const { policy, version } = inUse;
    const entry = policy.approvals.get(record.approval);
    if (entry && record.state === "pending") {
      await this.tell(record, "requested", policy);
      await this.#startTimers(record, entry);
    }
    if (record.breakGlass !== undefined && !record.review) {
      await this.tell(record, "break-glass", policy);
    }
    await deliveries.notePlanned(id, version);
  }

  /** Has this message sent to everybody whom the policy names for it. */
  async tell(record: ApprovalRecord, kind: NoticeKind, policy: CompiledPolicy): Promise<void> {
    const { deliveries, jobs } = this.#options;
    const entry = policy.approvals.get(record.approval);
    for (const name of entry ? whomToTell(entry, kind) : []) {
      const notifier = policy.notifiers.get(name);
      if (!notifier) continue;
      // Breaking the glass is told at once, and each time by itself.
      const gatherForMs = kind === "break-glass" ? 0 : notifier.gatherForMs;
      const wanted = { kind, notifier: name, entry: record.approval, gatherForMs };
      const gathered = await deliveries.gather(record.id, wanted);
      if (gathered.kind === "waits") await jobs.send(gathered.batch, gathered.dueInMs);
    }
  }

  async #startTimers({ id, createdAt }: ApprovalRecord, entry: CompiledApproval): Promise<void> {
    const { deliveries, jobs } = this.#options;
    const times = [
      ["reminder", entry.remindAfterMs],
      ["escalation", entry.escalation?.afterMs],
    ] as const;
    for (const [kind, afterMs] of times) {
      if (afterMs === undefined) continue;
      const inMs = createdAt + afterMs - (await deliveries.now());
      await jobs.remindAt({ type: "timer", id, kind }, { inMs, afterMs });
    }
  }

  async #run(): Promise<void> {
    while (this.#seen.size > 0) {
      const ids = [...this.#seen].slice(0, atOnce);
      for (const id of ids) this.#seen.delete(id);
      await Promise.all(ids.map((id) => this.#tryToPlan(id)));
    }
  }

  async #tryToPlan(id: string): Promise<void> {
    try {
      await this.plan(id);
    } catch (error) {
      this.#options.log.warn({ err: error, approval: id }, "cannot plan its notices; will again");
    }
  }
}

/** Names of notifiers, each once. */
function whomToTell(entry: CompiledApproval, kind: NoticeKind): readonly string[] {
  const { notify, escalation } = entry;
  if (kind === "escalation") return escalation?.notify ?? [];
  if (kind === "break-glass") return [...new Set([...notify, ...(escalation?.notify ?? [])])];
  return notify;
}
