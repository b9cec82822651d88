import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { ToolCall } from "../call/agent-request.ts";

/** A call as its tool gets it. Nothing but the upstream sees it: records, people and flows know the call with tokens. */
export interface Restored {
  readonly call: ToolCall;
  /** How often each type of value stands in it, by token. */
  readonly types: readonly string[];
  /** For what the tool says: the values are tokens again, whatever the policy says of its results. */
  readonly scan: ScanSettings;
}
