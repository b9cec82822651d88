/** What a tool, prompt or resource does, as far as flows care. */
export const callLabels = ["reads-private", "reads-untrusted", "can-send", "destructive"] as const;

export type CallLabel = (typeof callLabels)[number];

/** What is remembered of whoever called. */
export const sessionLabels = ["reads-private", "reads-untrusted", "suspicious"] as const;

export type SessionLabel = (typeof sessionLabels)[number];

export type FlowLabelName = CallLabel | SessionLabel;

/** What the arguments of a call can hold against it. */
export type FlowEvidenceName =
  | "private-text"
  | "private-secret"
  | "untrusted-target"
  | "dense-address";

export function isSessionLabel(label: FlowLabelName): label is SessionLabel {
  return sessionLabels.some((it) => it === label);
}
