import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext, Handlers } from "../../core/grpc/service.ts";
import { FrozenKind } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type {
  FreezeRequest,
  FreezeService,
} from "../../proto/gen/mcpgateway/v1/freeze_service_pb.ts";
import type { ActRecorder } from "../audit/act-recorder.ts";
import type { OperatorGate } from "../operators/operator-gate.ts";
import type { PolicyStore } from "../policy/policy-store.ts";
import type { FreezeStore, Frozen } from "./freeze-store.ts";

export interface FreezeServiceOptions {
  readonly freezes: FreezeStore;
  readonly policies: PolicyStore;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
}

const maxNameLength = 256;
const maxReasonLength = 500;

/** Freezes and unfreezes, in an emergency. */
export function createFreezeService(options: FreezeServiceOptions): Handlers<typeof FreezeService> {
  const { freezes, policies, operators, acts } = options;
  const actOf = (event: string, request: Frozen & { reason: string }, context: CallContext) => {
    const operator = operators.operatorOf(context).name;
    const details = { frozen: wordsOf(request), reason: request.reason };
    const upstream = request.kind === FrozenKind.UPSTREAM ? { upstream: request.name } : {};
    return { event, operator, context, entry: { ...upstream, details } };
  };
  return {
    listFreezes: async () => ({ freezes: await freezes.list() }),

    async freeze(request, context) {
      assertSound(request);
      if (request.kind === FrozenKind.UPSTREAM) await assertKnown(request.name, policies);
      const act = actOf("freeze.set", request, context);
      const { kind, name, reason } = request;
      await acts.perform(act, async () => {
        await freezes.set({ kind, name, reason, by: act.operator, atMs: Date.now() });
        return { value: undefined };
      });
      return {};
    },

    async unfreeze(request, context) {
      assertSound(request);
      await acts.perform(actOf("freeze.lifted", request, context), async () => {
        if (!(await freezes.remove(request))) {
          throw new RpcError("not-found", `${wordsOf(request)} is not frozen: see mcpctl frozen`);
        }
        return { value: undefined };
      });
      return {};
    },
  };
}

function assertSound({
  kind,
  name,
  reason,
}: Pick<FreezeRequest, "kind" | "name" | "reason">): void {
  const isNamed = kind === FrozenKind.AGENT || kind === FrozenKind.UPSTREAM;
  const problem =
    (!isNamed &&
      kind !== FrozenKind.EVERYTHING &&
      "say what: an agent, an upstream or everything") ||
    (isNamed && name === "" && "name the agent or the upstream") ||
    (!isNamed && name !== "" && "everything has no name") ||
    (name.length > maxNameLength && `the name has more than ${maxNameLength} characters`) ||
    (reason.trim() === "" && "give a reason: it stands in the audit record") ||
    (reason.length > maxReasonLength && `the reason has more than ${maxReasonLength} characters`);
  if (problem) throw new RpcError("invalid-argument", problem);
}

/** An agent of an authorization server may be known to nobody yet; an upstream stands in the policy, or is mistyped. */
async function assertKnown(upstream: string, policies: PolicyStore): Promise<void> {
  const found = await policies.get(await policies.latest());
  const names = found?.policy.upstreams.map(({ name }) => name) ?? [];
  if (names.includes(upstream)) return;
  const there = names.join(", ") || "none";
  throw new RpcError("not-found", `the policy has no upstream ${upstream} (there are: ${there})`);
}

function wordsOf({ kind, name }: Frozen): string {
  if (kind === FrozenKind.AGENT) return `agent ${name}`;
  return kind === FrozenKind.UPSTREAM ? `upstream ${name}` : "everything";
}
