import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { toWireKind } from "../../core/pins/definition-kind.ts";
import { findRisks } from "../../core/pins/find-risks.ts";
import {
  lastAccepted,
  type PinRecord,
  type PinState,
  type PinVariant,
  stateOf,
} from "../../core/pins/pin-record.ts";
import { ToolState, VariantState } from "../../proto/gen/mcpgateway/v1/tool_service_pb.ts";

const toolStates: Readonly<Record<PinState, ToolState>> = {
  pending: ToolState.PENDING,
  approved: ToolState.APPROVED,
  changed: ToolState.CHANGED,
  rejected: ToolState.REJECTED,
};

const variantStates: Readonly<Record<PinVariant["state"], VariantState>> = {
  waiting: VariantState.WAITING,
  accepted: VariantState.ACCEPTED,
  rejected: VariantState.REJECTED,
};

/** A tool without the texts of its definitions. */
export function toToolPin(upstream: string, record: PinRecord) {
  const variants = record.variants.toReversed().map(toVariant);
  const { kind, name } = record;
  return { upstream, kind: toWireKind(kind), name, state: toolStates[stateOf(record)], variants };
}

/** The same with them, and with what is riskier than in the definition that was accepted last. */
export function toDetailedPin(
  upstream: string,
  record: PinRecord,
  texts: ReadonlyMap<string, string>,
) {
  const before = texts.get(lastAccepted(record)?.digest ?? "");
  const variants = record.variants.toReversed().map((variant) => {
    const definition = texts.get(variant.digest) ?? "";
    const isNew = variant.state === "waiting" && before !== undefined;
    return { ...toVariant(variant), definition, risks: isNew ? findRisks(before, definition) : [] };
  });
  return {
    ...toToolPin(upstream, record),
    variants: variants.map((it) => ({ ...it, risks: [...it.risks] })),
  };
}

function toVariant({ digest, state, marks, seenAtMs, seenBy, ...judged }: PinVariant) {
  const { judgedBy = "", judgedAtMs, reason = "" } = judged;
  return {
    digest,
    state: variantStates[state],
    marks: [...marks],
    seenAt: timestampFromMs(seenAtMs),
    seenBy,
    judgedBy,
    reason,
    ...(judgedAtMs !== undefined && { judgedAt: timestampFromMs(judgedAtMs) }),
  };
}
