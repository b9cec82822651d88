import { type Notice, titleOf } from "../notice.ts";

/** The generic webhook: type, timestamp and data, as Standard Webhooks proposes. */
export function toJsonBody(notice: Notice, atMs: number): unknown {
  const { kind, entry, count } = notice;
  const approvals = notice.approvals.map(({ isCut, ...approval }) => ({
    ...approval,
    argumentsCut: isCut,
  }));
  return {
    type: `approval.${kind}`,
    timestamp: new Date(atMs).toISOString(),
    data: { text: titleOf(notice), approval: entry, count, approvals },
  };
}
