import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  compareDefinitions,
  type DefinitionChange,
} from "../../../core/pins/compare-definitions.ts";
import { compareWords } from "../../../core/pins/compare-words.ts";
import { visible } from "../../../core/pins/visible.ts";
import {
  type ToolPin,
  type ToolVariant,
  VariantState,
  VariantStateSchema,
} from "../../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { wordOf } from "../../enum-words.ts";
import { formatDetails } from "../../output.ts";
import { formatTime } from "../../times.ts";

/** What stays the same is cut to so much on either side of a change. */
const contextLength = 60;

/** Who saw one definition, who judged it, and what is risky about it. */
export function describeVariant(variant: ToolVariant): string {
  const { digest, state, seenAt, seenBy, judgedBy, judgedAt, reason, marks, risks } = variant;
  const isTrusted = state === VariantState.ACCEPTED && judgedBy === "";
  const judged = isTrusted ? "trusted on first use" : `${judgedBy} ${formatTime(judgedAt)}`.trim();
  const details = formatDetails({
    digest,
    state: wordOf(VariantStateSchema, state) ?? "unknown",
    seen: `${formatTime(seenAt)} by ${seenBy}`,
    judged,
    reason,
  });
  return [details, ...[...marks, ...risks].map((risk) => `! ${visible(risk)}`)].join("\n");
}

/** How a definition differs from the one that was accepted last; all of it where none was. Invisible characters are shown. */
export function describeDifference(tool: ToolPin, variant: ToolVariant): string {
  const before = lastAccepted(tool, variant);
  const changes = compareDefinitions(before?.definition ?? "{}", variant.definition);
  const from = before ? `- ${before.digest} (accepted)` : "- (nothing was accepted before)";
  const shown = changes.filter(({ pointer }) => before !== undefined || pointer !== "");
  return [from, `+ ${variant.digest}`, ...shown.map(describeChange)].join("\n");
}

/** The definition that was accepted last, besides this one. */
export function lastAccepted({ variants }: ToolPin, besides: ToolVariant): ToolVariant | undefined {
  const since = ({ judgedAt, seenAt }: ToolVariant) => {
    const at = judgedAt ?? seenAt;
    return at ? timestampMs(at) : 0;
  };
  return variants
    .filter((it) => it.state === VariantState.ACCEPTED && it.digest !== besides.digest)
    .toSorted((one, other) => since(other) - since(one))[0];
}

function describeChange({ pointer, before, after }: DefinitionChange): string {
  const place = visible(pointer) || "/";
  if (before === undefined) return `+ ${place}: ${visible(after ?? "")}`;
  if (after === undefined) return `- ${place}: ${visible(before)}`;
  const words = compareWords(before, after).map(({ kind, text }) => {
    if (kind === "added") return `{+${visible(text)}+}`;
    if (kind === "removed") return `[-${visible(text)}-]`;
    return visible(shortened(text));
  });
  return `~ ${place}: ${words.join("")}`;
}

function shortened(text: string): string {
  if (text.length <= 2 * contextLength + 3) return text;
  return `${text.slice(0, contextLength)} … ${text.slice(-contextLength)}`;
}
