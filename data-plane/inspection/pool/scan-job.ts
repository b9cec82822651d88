import type { JsonValue } from "../../../core/audit/record.ts";
import type { RedactionScope } from "../../call/redactor.ts";
import type { MessagePart } from "../../mcp/message-part.ts";
import type { Carry } from "../carry.ts";
import type { InspectionVerdict } from "../verdict.ts";
import type { Edit } from "./edits.ts";
import type { SentShowing } from "./sent-settings.ts";

/** The value to look through: as bytes (JSON in UTF-8, parsed in the thread), or as it is. */
export type Source =
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly part?: MessagePart }
  | { readonly value: unknown };

/** What a thread can be asked. */
export type ScanTask =
  /** To look through a message of an upstream. */
  | {
      readonly kind: "message";
      readonly source: Source;
      /** See `sent-settings.ts`. */
      readonly settings: string;
      /** What was said before. */
      readonly carry: Carry;
      readonly scope?: RedactionScope;
      readonly keep?: readonly string[];
    }
  /** To look through arguments, or what else an agent sends. */
  | {
      readonly kind: "arguments";
      readonly source: Source;
      readonly settings: string;
      /** JSON. Absent: none is known. */
      readonly inputSchema?: string;
      readonly scope?: RedactionScope;
      readonly tokens?: ReadonlySet<string>;
    }
  /** To write a value as a record may hold it. */
  | ({
      readonly kind: "record";
      readonly source: Source;
      readonly maxBytes: number;
    } & SentShowing);

export interface ScanJob {
  readonly id: number;
  readonly task: ScanTask;
}

/** What came of looking through a value: of the changed one only what is different. */
export interface Seen {
  readonly verdict: InspectionVerdict;
  readonly edits: readonly Edit[];
  /** Whether every parser reads the bytes the same. */
  readonly isAsRead: boolean;
  /** What was said before and now. */
  readonly carry: Carry;
}

/** A value as a record may hold it. */
export interface Recorded {
  readonly shown: JsonValue;
}

/** What a thread answers. */
export interface ScanDone {
  readonly id: number;
  readonly done: Seen | Recorded;
}
