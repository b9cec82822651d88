import { createHash } from "node:crypto";
import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import type { AuditTrail } from "../../core/audit/audit-trail.ts";
import type { CompiledNotifier } from "../../core/policy/compiled-policy.ts";
import { SecretMissing } from "../../core/secrets/secret-reader.ts";
import type { Logger } from "../../core/service/log.ts";
import type { PolicyInUse } from "../policy/policy-in-use.ts";
import { type Batch, nameOfBatch } from "./delivery.ts";
import { DeliveryFailure } from "./delivery-failure.ts";
import type { DeliveryStore, Fate } from "./delivery-store.ts";
import type { MailSender } from "./mail-sender.ts";
import { createNotice, type Notice } from "./notice.ts";
import type { WebhookSender } from "./webhook-sender.ts";

export interface DelivererOptions {
  readonly approvals: ApprovalStore;
  readonly deliveries: DeliveryStore;
  readonly policies: PolicyInUse;
  readonly webhooks: WebhookSender;
  readonly mails: MailSender;
  readonly audit: Pick<AuditTrail, "write">;
  readonly log: Logger;
}

/** One try to send one message. */
export interface Try {
  /** 1: the first. */
  readonly attempt: number;
  readonly isLast: boolean;
}

export type DeliverResult =
  | { readonly kind: "done" }
  | { readonly kind: "too-early"; readonly remainingMs: number }
  /** No further try may help. */
  | { readonly kind: "given-up"; readonly reason: string };

const done: DeliverResult = { kind: "done" };
const maxNamed = 20;

/** Sends what was gathered, and notes how it went. */
export class Deliverer {
  readonly #options: DelivererOptions;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  /** Rejects when another try may help. */
  async deliver(batch: Batch, { attempt, isLast }: Try): Promise<DeliverResult> {
    const { deliveries, policies } = this.#options;
    const policy = policies.current?.policy;
    if (!policy) throw new Error("there is no policy yet to say where this notice goes");
    const notifier = policy.notifiers.get(batch.notifier);
    const taken = await deliveries.take(batch, notifier?.gatherForMs ?? 0);
    if (taken.kind === "too-early") return taken;
    if (!notifier) {
      const detail = "the policy has no such notifier any more";
      await deliveries.mark(batch, taken.ids, { attempts: attempt, state: "dropped", detail });
      return done;
    }
    const records = await this.#worthTelling(batch, taken.ids, attempt);
    if (records.length === 0) return done;
    return await this.#sendAndNote({ batch, notifier, records, attempt, isLast });
  }

  /** Nothing is sent for what was decided meanwhile. */
  async #worthTelling(
    batch: Batch,
    ids: readonly string[],
    attempts: number,
  ): Promise<readonly ApprovalRecord[]> {
    const { approvals, deliveries } = this.#options;
    const now = await deliveries.now();
    const records: ApprovalRecord[] = [];
    const over: string[] = [];
    for (const id of new Set(ids)) {
      const record = await approvals.get(id);
      const isOpen = record?.state === "pending" && now < record.expiresAt;
      if (record && (isOpen || batch.kind === "break-glass")) records.push(record);
      else over.push(id);
    }
    const detail = "it was decided or over before";
    await deliveries.mark(batch, over, { state: "dropped", attempts, detail });
    return records;
  }

  async #sendAndNote(
    sending: Try & {
      readonly batch: Batch;
      readonly notifier: CompiledNotifier;
      readonly records: readonly ApprovalRecord[];
    },
  ): Promise<DeliverResult> {
    const { batch, notifier, records, attempt, isLast } = sending;
    const { deliveries } = this.#options;
    const ids = records.map(({ id }) => id);
    const { kind } = batch;
    const { link } = notifier;
    const notice = createNotice({ id: messageIdOf(batch), kind, ...(link && { link }) }, records);
    try {
      await this.#send(notifier, notice);
    } catch (error) {
      const detail = sentenceOf(error);
      const isOver = isLast || (error instanceof DeliveryFailure && !error.mayPass);
      const fate: Fate = { state: isOver ? "failed" : "retrying", attempts: attempt, detail };
      await deliveries.mark(batch, ids, fate);
      this.#options.log.warn(
        { err: error, notifier: notifier.name, notice: notice.id, attempt, isOver },
        isOver ? "people were not told: a notice is given up" : "a notice failed; tried again",
      );
      if (!isOver) throw error;
      await this.#record(batch, records, fate);
      return { kind: "given-up", reason: detail };
    }
    const fate: Fate = { state: "sent", attempts: attempt };
    await deliveries.mark(batch, ids, fate);
    await this.#record(batch, records, fate);
    return done;
  }

  async #send({ target }: CompiledNotifier, notice: Notice): Promise<void> {
    const { webhooks, mails } = this.#options;
    if (target.kind === "webhook") await webhooks.send(target, notice);
    else await mails.send(target, notice);
  }

  /** The message is sent or given up already; a missing record of it is for the log. */
  async #record(
    { kind, notifier }: Batch,
    records: readonly ApprovalRecord[],
    { state, attempts, detail = "" }: Fate,
  ): Promise<void> {
    const [first] = records;
    if (!first) return;
    const event = state === "sent" ? "notice.sent" : "notice.failed";
    const entry = {
      event,
      outcome: state,
      approval: { id: first.id, state: first.state },
      details: {
        kind,
        notifier,
        count: String(records.length),
        approvals: records
          .slice(0, maxNamed)
          .map(({ id }) => id)
          .join(","),
        attempts: String(attempts),
        ...(detail && { reason: detail }),
      },
    };
    await this.#options.audit.write(entry).catch((error: unknown) => {
      this.#options.log.error({ err: error, event, notifier }, "a notice was not recorded");
    });
  }
}

/** What receivers know a repetition by: short, and without the names in the policy. */
function messageIdOf(batch: Batch): string {
  const digest = createHash("sha256").update(nameOfBatch(batch)).digest("hex");
  return `msg_${digest.slice(0, 32)}`;
}

function sentenceOf(error: unknown): string {
  if (error instanceof DeliveryFailure || error instanceof SecretMissing) return error.message;
  return "the control plane failed; its log says why";
}
