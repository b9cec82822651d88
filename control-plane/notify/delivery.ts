export const noticeKinds = ["requested", "reminder", "escalation", "break-glass"] as const;

/** Why people are told. */
export type NoticeKind = (typeof noticeKinds)[number];

/**
 * - `waiting`: gathered, not sent yet
 * - `retrying`: a try has failed, another will follow
 * - `sent`: the receiver took it
 * - `failed`: given up
 * - `dropped`: there was nothing to tell any more
 */
export type DeliveryState = "waiting" | "retrying" | "sent" | "failed" | "dropped";

/** How one message about one approval fares. */
export interface Delivery {
  readonly notifier: string;
  readonly kind: NoticeKind;
  readonly state: DeliveryState;
  /** Milliseconds since 1970 of the last change. */
  readonly at: number;
  readonly attempts: number;
  /** Why it failed or was dropped. Holds no secret. */
  readonly detail: string;
}

/** One message that tells of one or several approvals. It is the same one at every try and on every control plane. */
export interface Batch {
  readonly notifier: string;
  readonly kind: NoticeKind;
  /** What is gathered together. */
  readonly group: string;
  /** Apart from other batches of the group. */
  readonly number: string;
}

/** Names the batch everywhere: as BullMQ's job and to the receiver. */
export function nameOfBatch({ group, number }: Batch): string {
  return `${group}~${number}`;
}
