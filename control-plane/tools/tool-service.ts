import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext, Handlers } from "../../core/grpc/service.ts";
import { type DefinitionName, keyOf, toDefinitionKind } from "../../core/pins/definition-kind.ts";
import { judge, type PinRecord, type PinState, stateOf } from "../../core/pins/pin-record.ts";
import type { PinChange, PinStore } from "../../core/pins/pin-store.ts";
import { serverKeyOf } from "../../core/pins/server-key.ts";
import { compilePolicy } from "../../core/policy/compile.ts";
import type { CompiledPolicy, CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import { DefinitionKind } from "../../proto/gen/mcpgateway/v1/definition_pb.ts";
import {
  type DecideToolsRequest,
  type ToolService,
  ToolState,
} from "../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import type { ActRecorder } from "../audit/act-recorder.ts";
import type { OperatorGate } from "../operators/operator-gate.ts";
import type { PolicyStore } from "../policy/policy-store.ts";
import { labelledDigest, labelsOf } from "./tool-labels.ts";
import { toDetailedPin, toToolPin } from "./tool-message.ts";

export interface ToolServiceOptions {
  readonly pins: PinStore;
  readonly policies: PolicyStore;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
}

const defaultPageSize = 200;
const maxPageSize = 10_000;
const maxDecisions = 1_000;
const maxReason = 1_000;
const maxNamed = 20;
/** Those that need attention first. */
const order: readonly PinState[] = ["changed", "pending", "rejected", "approved"];

/** Shows the pins of the latest policy's upstreams, and takes decisions about them. */
export function createToolService(options: ToolServiceOptions): Handlers<typeof ToolService> {
  const { pins, policies } = options;
  return {
    async listTools({ upstream, state, kind, pageSize }) {
      const { upstreams } = await latestPolicy(policies);
      const asked = upstream === "" ? [...upstreams.values()] : [findUpstream(upstreams, upstream)];
      const found: { upstream: string; record: PinRecord }[] = [];
      for (const one of asked) {
        const { records } = await pins.read(serverKeyOf(one));
        found.push(...records.map((record) => ({ upstream: one.name, record })));
      }
      const place = ({ record }: { record: PinRecord }) => order.indexOf(stateOf(record));
      const tools = found
        .toSorted((one, other) => place(one) - place(other))
        .map((one) => toToolPin(one.upstream, one.record))
        .filter((tool) => state === ToolState.UNSPECIFIED || tool.state === state)
        .filter((tool) => kind === DefinitionKind.UNSPECIFIED || tool.kind === kind);
      const shown = tools.slice(0, Math.min(pageSize || defaultPageSize, maxPageSize));
      return { tools: shown, leftOut: tools.length - shown.length };
    },

    async getTool({ upstream, ...asked }) {
      const named = nameOf(asked);
      const policy = await latestPolicy(policies);
      const server = serverKeyOf(findUpstream(policy.upstreams, upstream));
      const record = await pins.get(server, named);
      if (!record) throw unknownTool(upstream, named);
      const texts = await pins.texts(
        server,
        record.variants.map(({ digest }) => digest),
      );
      const labels = labelsOf({ policy, upstream }, record, texts.get(labelledDigest(record)));
      return { tool: { ...toDetailedPin(upstream, record, texts), labels } };
    },

    decideTools: (request, context) => decide(request, context, options),
  };
}

async function decide(
  request: DecideToolsRequest,
  context: CallContext,
  { pins, policies, operators, acts }: ToolServiceOptions,
) {
  assertSound(request);
  const { upstream, decisions, accept, replace, reason } = request;
  const server = serverKeyOf(findUpstream((await latestPolicy(policies)).upstreams, upstream));
  const operator = operators.operatorOf(context).name;
  const judgement = { accept, by: operator, atMs: Date.now(), reason, replace };
  const act = {
    event: accept ? "tools.accepted" : "tools.rejected",
    operator,
    context,
    entry: { upstream, details: detailsOf(request) },
  };
  return await acts.perform(act, async () => {
    const records = await pins.change(server, decisions.map(nameOf), (before): PinChange => {
      const judged = new Map(before);
      for (const decision of decisions) {
        const named = nameOf(decision);
        const known = judged.get(keyOf(named));
        if (!known) throw unknownTool(upstream, named);
        const next = judge(known, decision.digest, judgement);
        if (!next) throw unknownDigest(upstream, named, decision.digest);
        judged.set(keyOf(named), next);
      }
      return { records: [...judged.values()], texts: new Map() };
    });
    return { value: { tools: records.map((record) => toToolPin(upstream, record)) } };
  });
}

/** Each digest names what was reviewed: the record shows it, up to what a record can hold. */
function detailsOf({ decisions, reason, replace }: DecideToolsRequest): Record<string, string> {
  const named = decisions.slice(0, maxNamed).map((it) => `${labelOf(nameOf(it))} ${it.digest}`);
  return {
    tools: named.join(", "),
    count: String(decisions.length),
    ...(reason !== "" && { reason }),
    ...(replace && { replace: "true" }),
  };
}

function assertSound({ decisions, reason }: DecideToolsRequest): void {
  if (decisions.length === 0 || decisions.length > maxDecisions) {
    const message = `name 1 to ${maxDecisions} definitions to decide about, got ${decisions.length}`;
    throw new RpcError("invalid-argument", message);
  }
  if (reason.length > maxReason) {
    throw new RpcError("invalid-argument", `a reason has at most ${maxReason} characters`);
  }
  const malformed = decisions.find(({ digest }) => !/^[0-9a-f]{64}$/.test(digest));
  if (!malformed) return;
  throw new RpcError(
    "invalid-argument",
    `the digest of what was reviewed has 64 hexadecimal digits, got ${JSON.stringify(malformed.digest.slice(0, 80))}`,
  );
}

async function latestPolicy(policies: PolicyStore): Promise<CompiledPolicy> {
  const found = await policies.get(await policies.latest());
  if (!found) throw new RpcError("not-found", "no policy was pushed yet");
  const compiled = compilePolicy(found.policy);
  if (compiled.ok) return compiled.policy;
  throw new RpcError(
    "failed-precondition",
    "this control plane cannot read the latest policy, which a newer one accepted: ask that one",
  );
}

function findUpstream(
  upstreams: ReadonlyMap<string, CompiledUpstream>,
  name: string,
): CompiledUpstream {
  const found = upstreams.get(name);
  if (found) return found;
  const names = [...upstreams.keys()].join(", ") || "none";
  const message = `the policy has no upstream ${JSON.stringify(name.slice(0, 80))} (there are: ${names})`;
  throw new RpcError("not-found", message);
}

function nameOf({ kind, name }: { kind: DefinitionKind; name: string }): DefinitionName {
  const known = toDefinitionKind(kind);
  if (known) return { kind: known, name };
  throw new RpcError("invalid-argument", `this control plane knows no definitions of kind ${kind}`);
}

/** A tool by its name alone. */
function labelOf({ kind, name }: DefinitionName): string {
  return [...(kind === "tool" ? [] : [kind]), ...(name === "" ? [] : [name])].join(" ");
}

function unknownTool(upstream: string, { kind, name }: DefinitionName): RpcError {
  const what = [kind, ...(name === "" ? [] : [JSON.stringify(name.slice(0, 140))])].join(" ");
  return new RpcError(
    "not-found",
    `no proxy has seen a ${what} of ${upstream}: what a server has is seen when an agent lists or uses it`,
  );
}

function unknownDigest(upstream: string, named: DefinitionName, digest: string): RpcError {
  const what = JSON.stringify(labelOf(named).slice(0, 140));
  return new RpcError(
    "failed-precondition",
    `${what} of ${upstream} has no definition ${digest}: review what it has now, and name its digest`,
  );
}
