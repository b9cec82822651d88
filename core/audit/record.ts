/** Plain JSON, as google.protobuf.Value holds it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * One audit entry in the proto3 JSON form of mcpgateway.v1.AuditRecord: what the stream holds and what every reader parses.
 * What is absent is empty.
 */
export interface AuditRecord {
  /** Unique and sortable by time: a record that arrives twice has the same id. */
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  readonly event: string;

  readonly producer?: string;
  readonly bootId?: string;
  /** Counts the producer's records since its start; a gap is a lost record. */
  readonly sequence?: number;
  /** Of the record before it in the chain (record-chain.ts). */
  readonly prevHash?: string;
  readonly hash?: string;

  readonly callId?: string;
  readonly agent?: string;
  readonly groups?: readonly string[];
  readonly tenant?: string;
  readonly login?: AuditLogin;
  readonly client?: AuditClient;
  /** Digest of the session's id. */
  readonly session?: string;
  readonly operator?: string;
  readonly clientAddress?: string;
  readonly era?: string;
  readonly route?: string;
  readonly upstream?: string;
  readonly method?: string;
  readonly tool?: string;
  readonly operations?: readonly string[];

  /** Already redacted. */
  readonly arguments?: JsonValue;
  readonly result?: JsonValue;
  readonly outcome?: string;
  readonly decision?: AuditDecision;
  readonly approval?: AuditApproval;
  readonly findings?: readonly AuditFinding[];
  readonly error?: AuditError;
  readonly durationsMs?: Readonly<Record<string, number>>;
  readonly traceId?: string;
  readonly parentSpanId?: string;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  readonly details?: Readonly<Record<string, string>>;
  readonly checkpoint?: AuditCheckpoint;
  /** Id of the key that redaction tokens in it are made with. */
  readonly redactionKey?: string;
}

export interface AuditLogin {
  readonly method: string;
  readonly issuer?: string;
  readonly key?: string;
  readonly certificate?: string;
  readonly scopes?: readonly string[];
  /** Who acts for whom, the nearest first (RFC 8693 §4.1). */
  readonly delegation?: readonly { readonly subject: string; readonly issuer?: string }[];
}

export interface AuditClient {
  readonly name?: string;
  readonly version?: string;
  readonly userAgent?: string;
}

/** Signs the chain up to its record (checkpoints.ts). */
export interface AuditCheckpoint {
  readonly keyId: string;
  readonly publicKey?: string;
  readonly signature?: string;
  readonly heads?: readonly AuditHead[];
  readonly previous?: AuditHead;
  readonly vouchedBy?: string;
  readonly vouchingSignature?: string;
}

/** One record of a chain. */
export interface AuditHead {
  readonly producer: string;
  readonly bootId: string;
  readonly sequence: number;
  readonly hash: string;
}

export interface AuditDecision {
  readonly effect?: string;
  readonly rule?: string;
  readonly reason?: string;
  readonly policyVersion?: number;
  readonly limits?: readonly AuditLimit[];
}

export interface AuditLimit {
  readonly name: string;
  readonly refused?: boolean;
  readonly shadow?: boolean;
  readonly remaining?: number;
  readonly retryAfterMs?: number;
  readonly source?: string;
}

export interface AuditApproval {
  readonly id: string;
  readonly state?: string;
  readonly approvers?: readonly string[];
}

export interface AuditFinding {
  readonly rule: string;
  readonly direction?: string;
  readonly pointer?: string;
  readonly action?: string;
  /** What people need to know beside it. */
  readonly detail?: string;
}

export interface AuditError {
  readonly code?: number;
  readonly message?: string;
}

/** Told of in one checkpoint: the chains that wrote last. */
export const maxHeads = 500;

/** What a writer says; the chain adds who wrote it, when, and after what. */
export type AuditEntry = Omit<
  AuditRecord,
  "id" | "time" | "producer" | "bootId" | "sequence" | "prevHash" | "hash"
>;
