import { createHash } from "node:crypto";
import { type Message, toBinary } from "@bufbuild/protobuf";
import { compilePolicy } from "../../core/policy/compile.ts";
import { reviewExceptions } from "../../core/policy/review-exceptions.ts";
import { type Policy, PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";

export interface PolicyProblem {
  readonly path: string;
  readonly message: string;
}

export type CheckedPolicy =
  | { readonly ok: true; readonly binary: Uint8Array; readonly digest: string }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

const maxPolicyBytes = 1024 * 1024;

/** Everything that would refuse a push; or the policy's one binary form, with its digest. */
export function checkPolicy(policy: Policy | undefined): CheckedPolicy {
  if (!policy) return refuse("", "no policy was sent");
  if (hasUnknownFields(policy)) {
    return refuse(
      "",
      "it has fields that this control plane does not know: update the control plane, or use the mcpctl of its release",
    );
  }
  const binary = toBinary(PolicySchema, withSortedLabels(policy));
  if (binary.length > maxPolicyBytes) {
    return refuse("", `it has ${binary.length} bytes, more than the ${maxPolicyBytes} allowed`);
  }
  const compiled = compilePolicy(policy);
  const { problems } = reviewExceptions(policy, Date.now());
  if (!compiled.ok) return { ok: false, problems: [...compiled.problems, ...problems] };
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, binary, digest: createHash("sha256").update(binary).digest("hex") };
}

function refuse(path: string, message: string): CheckedPolicy {
  return { ok: false, problems: [{ path, message }] };
}

/** Fields are written in the schema's order; maps in their own, so equal policies need a sorted one. */
function withSortedLabels(policy: Policy): Policy {
  if (!policy.metadata) return policy;
  const labels = Object.entries(policy.metadata.labels).sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return { ...policy, metadata: { ...policy.metadata, labels: Object.fromEntries(labels) } };
}

/** A newer mcpctl may send what we would silently drop, such as a further condition of a rule. */
function hasUnknownFields(policy: Policy): boolean {
  return messagesIn(policy).some((message) => (message.$unknown ?? []).length > 0);
}

function messagesIn(value: unknown): Message[] {
  if (Array.isArray(value)) return value.flatMap(messagesIn);
  if (typeof value !== "object" || value === null) return [];
  const below = Object.entries(value).flatMap(([key, inner]) =>
    key === "$unknown" ? [] : messagesIn(inner),
  );
  return "$typeName" in value ? [value as Message, ...below] : below;
}
