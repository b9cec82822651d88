import { setTimeout as sleep } from "node:timers/promises";
import {
  type ApprovalStore,
  type Fence,
  fenceLeaseMs,
} from "../../core/approvals/approval-store.ts";
import { Backoff } from "../../core/service/backoff.ts";

/**
 * Undoes a claim of which nothing was sent, and nothing will be: tries until Redis answers, or the claim has lapsed. Redis may have
 * taken a claim and died before it said so; without this nobody could use the approval any more. Never rejects.
 * The fence must be of this claim alone, since a later one of the same process may run its call by then.
 */
export async function undoClaim(
  store: Pick<ApprovalStore, "giveBack">,
  id: string,
  fence: Fence,
): Promise<void> {
  const backoff = new Backoff({ firstMs: 200, maxMs: 2_000 });
  const giveUpAt = performance.now() + fenceLeaseMs;
  while (performance.now() < giveUpAt) {
    await sleep(backoff.nextMs(), undefined, { ref: false });
    const isAnswered = await store.giveBack(id, fence).then(
      () => true,
      () => false,
    );
    if (isAnswered) return;
  }
}
