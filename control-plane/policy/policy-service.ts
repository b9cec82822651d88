import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Handlers } from "../../core/grpc/service.ts";
import type {
  PolicyService,
  PolicyVersionSchema,
  PushPolicyRequest,
  PushPolicyResponseSchema,
} from "../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import type { Act, ActRecorder } from "../audit/act-recorder.ts";
import type { OperatorGate } from "../operators/operator-gate.ts";
import { type CheckedPolicy, checkPolicy } from "./check-policy.ts";
import type { PolicyStore, PolicyVersionInfo } from "./policy-store.ts";

export interface PolicyServiceOptions {
  readonly policies: PolicyStore;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
}

const maxMessageLength = 2_000;
/** Pushes without `if_version` that race: each but the first tries again after the winner. */
const maxTries = 10;

type PushResponse = MessageInitShape<typeof PushPolicyResponseSchema>;
type SoundPolicy = Extract<CheckedPolicy, { ok: true }>;

/** Serves the versions of the policy. */
export function createPolicyService(options: PolicyServiceOptions): Handlers<typeof PolicyService> {
  const { policies, operators } = options;
  return {
    async validatePolicy({ policy }) {
      const checked = checkPolicy(policy);
      return { problems: checked.ok ? [] : checked.problems.map((it) => ({ ...it })) };
    },

    async pushPolicy(request, context) {
      const checked = checkPush(request);
      if (!checked.ok) return { problems: checked.problems.map((it) => ({ ...it })) };
      const { name } = operators.operatorOf(context);
      const act = { event: "policy.pushed", operator: name, context };
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await pushOnce(options, { request, checked, act });
        } catch (error) {
          if (!isConflict(error) || request.ifVersion !== undefined || attempt === maxTries) {
            throw error;
          }
        }
      }
    },

    async getPolicy({ version }) {
      const wanted = version === 0n ? await policies.latest() : Number(version);
      const found = await policies.get(wanted);
      if (found) return { version: toMessage(found.info), policy: found.policy };
      throw new RpcError(
        "not-found",
        wanted === 0 ? "no policy was pushed yet" : `there is no policy version ${wanted}`,
      );
    },

    async listPolicyVersions({ pageSize }) {
      const versions = await policies.list(Math.min(pageSize || 20, 1_000));
      return { versions: versions.map(toMessage) };
    },
  };
}

function checkPush({ policy, message }: PushPolicyRequest): CheckedPolicy {
  if (message.length <= maxMessageLength) return checkPolicy(policy);
  const problem = `the message of the push has ${message.length} characters, more than ${maxMessageLength}`;
  return { ok: false, problems: [{ path: "", message: problem }] };
}

/** Pushes after the version that is the latest now. Throws "aborted" when another comes between. */
async function pushOnce(
  { policies, acts }: PolicyServiceOptions,
  push: {
    readonly request: PushPolicyRequest;
    readonly checked: SoundPolicy;
    readonly act: Omit<Act, "entry">;
  },
): Promise<PushResponse> {
  const { request, checked, act } = push;
  const after = await policies.latest();
  const latest = await policies.info(after);
  if (request.ifVersion !== undefined && Number(request.ifVersion) !== after) {
    throw versionDiffers(request.ifVersion, latest);
  }
  if (latest?.digest === checked.digest) return { accepted: toMessage(latest), unchanged: true };

  const { binary: policy, digest } = checked;
  const { message } = request;
  const details = { message, digest, after: String(after) };
  const accepted = await acts.perform({ ...act, entry: { details } }, async () => {
    const info = await policies.push({ after, policy, digest, author: act.operator, message });
    if (!info) throw versionDiffers(BigInt(after), await policies.info(await policies.latest()));
    return { value: info, entry: { details: { ...details, version: String(info.version) } } };
  });
  return { accepted: toMessage(accepted) };
}

function isConflict(error: unknown): boolean {
  return error instanceof RpcError && error.code === "aborted";
}

function versionDiffers(wanted: bigint, latest: PolicyVersionInfo | undefined): RpcError {
  const found = latest
    ? `the latest version is ${latest.version}, pushed by ${latest.author} at ${new Date(latest.pushedAtMs).toISOString()}`
    : "no policy was pushed yet";
  return new RpcError(
    "aborted",
    `the push expects version ${wanted}, but ${found}: look at what changed, then push again`,
  );
}

function toMessage(info: PolicyVersionInfo): MessageInitShape<typeof PolicyVersionSchema> {
  const { version, digest, author, message, pushedAtMs } = info;
  return {
    version: BigInt(version),
    digest,
    author,
    message,
    pushedAt: timestampFromMs(pushedAtMs),
  };
}
