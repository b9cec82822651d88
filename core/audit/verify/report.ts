/** One thing that is not as the producers left it. */
export interface Problem {
  readonly kind:
    | "changed"
    | "removed"
    | "reordered"
    | "inserted"
    | "malformed"
    | "not-signed"
    | "wrong-signature"
    | "cut";
  /** Where it shows: a line of a file or an entry of the stream. */
  readonly place: string;
  /** What happened to which record, in words. */
  readonly message: string;
  /** For the order of problems: how many records came before. */
  readonly position: number;
}

/** What can be said of one chain: one start of one producer. */
export interface ChainReport {
  readonly producer: string;
  readonly bootId: string;
  readonly first: number;
  readonly last: number;
  /** Up to here signatures vouch for it. 0: none does. */
  readonly signedUpTo: number;
  /** Whether its producer said that it ends. If not, it runs still, or its process died. */
  readonly hasEnded: boolean;
}

export interface VerifyReport {
  readonly records: number;
  /** Records that came more than once, unchanged: harmless. */
  readonly duplicates: number;
  readonly chains: readonly ChainReport[];
  /** In the order in which they show. Empty: nothing was removed, changed, reordered or inserted. */
  readonly problems: readonly Problem[];
  /** What cannot be told, such as what lies before the range or is not signed yet. */
  readonly notes: readonly string[];
}

/** More are not listed: whoever damaged so many records damaged them all. */
export const maxProblems = 1_000;
