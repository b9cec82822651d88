import type { SessionLabel } from "../../core/policy/flow-labels.ts";
import type { Digest } from "./trace/digest-table.ts";

/** The call by which something was read first. */
export interface Source {
  /** Id of the call. */
  readonly call: string;
  /** "upstream/tool", or what else was read. */
  readonly tool: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Whose reading it is, and for how long it is remembered. */
export interface TaintOwner {
  readonly tenant: string;
  readonly agent: string;
  /** Absent: all sessions of the agent. */
  readonly session?: string;
  readonly forMs: number;
}

/** What is looked for among what was read, or noted: each digest once. */
export interface Wanted {
  readonly traces: readonly Digest[];
  readonly names: readonly Digest[];
}

/** What an agent or session has read so far. */
export interface Taint {
  readonly labels: ReadonlyMap<SessionLabel, Source>;
  /** Of what was wanted, what was read. The source is absent where it is too long ago. */
  readonly traces: ReadonlyMap<Digest, Source | undefined>;
  /** Of the names that were wanted, those that something untrusted said first. */
  readonly names: ReadonlyMap<Digest, Source | undefined>;
  /** Whether anything private has left traces. */
  readonly hasTraces: boolean;
  /** Whether anything that was read has named something. */
  readonly hasNames: boolean;
}

/** What is read now. */
export interface Reading extends Wanted {
  readonly labels: readonly SessionLabel[];
  /** Whether what says the names is untrusted. */
  readonly isUntrusted: boolean;
}
