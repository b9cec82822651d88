import type { Approval, Policy } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CompiledApproval, CompiledEscalation, CompiledNotifier } from "./compiled-policy.ts";
import { checkNames, checkReference, count, durationMs } from "./fields.ts";
import type { Problems } from "./problems.ts";

const second = 1_000;
const longestMs = 30 * 86_400 * second;
const maxNotifiers = 20;
const maxGroups = 100;

type Notifiers = ReadonlyMap<string, CompiledNotifier>;

/** How held calls are decided, by name. */
export function compileApprovals(
  policy: Policy,
  notifiers: Notifiers,
  problems: Problems,
): Map<string, CompiledApproval> {
  const at = problems.at("approvals");
  checkNames(policy.approvals, at);
  return new Map(
    policy.approvals.map((approval, index) => [
      approval.name,
      compileApproval(approval, notifiers, at.at(index)),
    ]),
  );
}

function compileApproval(
  approval: Approval,
  notifiers: Notifiers,
  problems: Problems,
): CompiledApproval {
  const expiresAfterMs = durationMs(
    approval.expiresAfter,
    { fallbackMs: 1_800 * second, minMs: second, maxMs: longestMs },
    problems.at("expiresAfter"),
  );
  const holdForMs = durationMs(
    approval.holdFor,
    { fallbackMs: 50 * second, minMs: 0, maxMs: 280 * second },
    problems.at("holdFor"),
  );
  checkGroups(approval.approvers?.groups ?? [], problems.at("approvers").at("groups"));
  if (approval.executeUnattended) problems.at("executeUnattended").add(unattended);
  return {
    name: approval.name,
    approverGroups: approval.approvers?.groups ?? [],
    quorum: count(approval.quorum, { fallback: 1, max: 20 }, problems.at("quorum")),
    denials: count(approval.denials, { fallback: 1, max: 20 }, problems.at("denials")),
    expiresAfterMs,
    requireReason: approval.requireReason,
    holdForMs,
    offerTasks: approval.offerTasks,
    ...compileExecution(approval, problems),
    notify: compileNotify(approval.notify, notifiers, problems.at("notify")),
    ...compileReminder(approval, expiresAfterMs, problems.at("remindAfter")),
    ...compileEscalation(approval, { notifiers, expiresAfterMs }, problems.at("escalate")),
    breakGlassGroups: breakGlassGroupsOf(approval, problems.at("breakGlass").at("groups")),
  };
}

const unattended =
  "must be false: the gateway stores no credentials to run calls without their agent, so an approved call runs when its agent repeats it";

function compileExecution(approval: Approval, problems: Problems) {
  return {
    executeWithinMs: durationMs(
      approval.executeWithin,
      { fallbackMs: 1_800 * second, minMs: second, maxMs: longestMs },
      problems.at("executeWithin"),
    ),
    maxPendingPerAgent: count(
      approval.maxPendingPerAgent,
      { fallback: 20, max: 1_000 },
      problems.at("maxPendingPerAgent"),
    ),
    keepOutcomeMs: durationMs(
      approval.keepOutcomeFor,
      { fallbackMs: 900 * second, minMs: 0, maxMs: 86_400 * second },
      problems.at("keepOutcomeFor"),
    ),
  };
}

function compileNotify(
  names: readonly string[],
  notifiers: Notifiers,
  problems: Problems,
): readonly string[] {
  const known = new Set(notifiers.keys());
  names.forEach((name, index) => {
    const here = problems.at(index);
    if (names.indexOf(name) !== index) here.add(`${name} is there twice`);
    else checkReference(name, known, "notifier", here);
  });
  if (names.length > maxNotifiers) problems.add(`has more than ${maxNotifiers} entries`);
  return names;
}

function compileReminder(
  { remindAfter, notify }: Approval,
  expiresAfterMs: number,
  problems: Problems,
): Pick<CompiledApproval, "remindAfterMs"> {
  if (!remindAfter) return {};
  if (notify.length === 0) problems.add("needs notify: it says whom to remind");
  return { remindAfterMs: withinExpiry(remindAfter, expiresAfterMs, problems) };
}

function compileEscalation(
  { escalate, approvers }: Approval,
  known: { readonly notifiers: Notifiers; readonly expiresAfterMs: number },
  problems: Problems,
): { escalation?: CompiledEscalation } {
  if (!escalate) return {};
  const groups = escalate.approvers?.groups ?? [];
  const groupsAt = problems.at("approvers").at("groups");
  checkGroups(groups, groupsAt);
  if (!escalate.after) problems.at("after").add("is missing: say when, such as 10m");
  if (escalate.notify.length === 0 && groups.length === 0) {
    problems.add("does nothing: it needs notify, approvers or both");
  }
  // Where every approver may decide already, naming some more means that something else was meant.
  if (groups.length > 0 && (approvers?.groups.length ?? 0) === 0) {
    groupsAt.add("adds nobody: without approvers every approver may decide from the beginning");
  }
  const escalation = {
    afterMs: escalate.after
      ? withinExpiry(escalate.after, known.expiresAfterMs, problems.at("after"))
      : second,
    notify: compileNotify(escalate.notify, known.notifiers, problems.at("notify")),
    approverGroups: groups,
  };
  return { escalation };
}

function withinExpiry(
  duration: NonNullable<Approval["remindAfter"]>,
  expiresAfterMs: number,
  problems: Problems,
): number {
  const ms = durationMs(
    duration,
    { fallbackMs: second, minMs: second, maxMs: longestMs },
    problems,
  );
  if (ms >= expiresAfterMs) problems.add("comes too late: the call expires before (expiresAfter)");
  return ms;
}

function breakGlassGroupsOf({ breakGlass }: Approval, problems: Problems): readonly string[] {
  if (!breakGlass) return [];
  if (breakGlass.groups.length === 0) {
    problems.add("is missing: name the groups whose operators may break the glass");
  }
  checkGroups(breakGlass.groups, problems);
  return breakGlass.groups;
}

function checkGroups(groups: readonly string[], problems: Problems): void {
  groups.forEach((group, index) => {
    if (group === "") problems.at(index).add("is empty");
  });
  if (groups.length > maxGroups) problems.add(`has more than ${maxGroups} entries`);
}
