import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Handlers } from "../../core/grpc/service.ts";
import { compilePolicy } from "../../core/policy/compile.ts";
import type { CompiledLimit } from "../../core/policy/compiled-policy.ts";
import type {
  LimitService,
  ResetLimitsRequest,
} from "../../proto/gen/mcpgateway/v1/limit_service_pb.ts";
import type { ActRecorder } from "../audit/act-recorder.ts";
import type { OperatorGate } from "../operators/operator-gate.ts";
import type { PolicyStore } from "../policy/policy-store.ts";
import type { LimitUsage, Usage } from "./limit-usage.ts";

export interface LimitServiceOptions {
  readonly usage: LimitUsage;
  readonly policies: PolicyStore;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
}

const defaultPageSize = 50;
const maxPageSize = 1_000;

/** Shows what is counted, and clears it. */
export function createLimitService(options: LimitServiceOptions): Handlers<typeof LimitService> {
  const { usage, policies, operators, acts } = options;
  return {
    async listLimits({ limit, minPercent, pageSize }) {
      const limits = await latestLimits(policies);
      if (limit !== "") findLimit(limits, limit);
      const { usages, incomplete } = await usage.list(limits, limit || undefined);
      const nearest = usages
        .filter((one) => 100 * shareOf(one) >= minPercent)
        .sort((one, other) => shareOf(other) - shareOf(one));
      const shown = nearest.slice(0, Math.min(pageSize || defaultPageSize, maxPageSize));
      const leftOut = nearest.length - shown.length;
      return { usages: shown.map(toMessage), leftOut, incomplete };
    },

    async resetLimits(request, context) {
      const { limit, key, tenant, all } = request;
      findLimit(await latestLimits(policies), limit);
      const accepts = whatIsCleared(request);
      const details = { limit, key: all ? "(all)" : key, tenant };
      const operator = operators.operatorOf(context).name;
      const act = { event: "limits.reset", operator, context, entry: { details } };
      const cleared = await acts.perform(act, async () => {
        const value = await usage.reset(limit, accepts);
        if (value === 0 && !all) {
          throw new RpcError("not-found", `nothing is counted for ${key || "everything together"}`);
        }
        return { value, entry: { details: { ...details, cleared: String(value) } } };
      });
      return { cleared };
    },
  };
}

/** Saying nothing must not clear everything. */
function whatIsCleared({ key, tenant, all }: ResetLimitsRequest) {
  if (all && (key !== "" || tenant !== "")) {
    throw new RpcError("invalid-argument", "say either a key or all, not both");
  }
  return (counter: { readonly tenant: string; readonly subject: string }) =>
    all || (counter.subject === key && counter.tenant === tenant);
}

async function latestLimits(policies: PolicyStore): Promise<readonly CompiledLimit[]> {
  const found = await policies.get(await policies.latest());
  if (!found) throw new RpcError("not-found", "no policy was pushed yet");
  const compiled = compilePolicy(found.policy);
  if (compiled.ok) return compiled.policy.limits;
  throw new RpcError(
    "failed-precondition",
    "this control plane cannot read the latest policy, which a newer one accepted: ask that one",
  );
}

function findLimit(limits: readonly CompiledLimit[], name: string): void {
  if (limits.some((limit) => limit.name === name)) return;
  const names = limits.map((limit) => limit.name).join(", ") || "none";
  throw new RpcError("not-found", `the policy has no limit ${name} (there are: ${names})`);
}

function shareOf({ used, quota }: Usage): number {
  return used / quota.amount;
}

function toMessage({ limit, quota, tenant, subject, used }: Usage) {
  return {
    limit: limit.name,
    kind: quota.kind,
    tenant,
    key: subject,
    used,
    amount: quota.amount,
    ...(quota.kind !== "concurrent" && { window: durationFromMs(quota.windowMs) }),
    shadow: limit.shadow,
  };
}
