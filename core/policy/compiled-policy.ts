import type { CompiledCredentials } from "./compiled-credentials.ts";
import type { CompiledIdentity } from "./compiled-identity.ts";
import type { CompiledScanning } from "./compiled-scanning.ts";
import type { CompiledTls, NamedSecret, NetworkName, SecretSource } from "./compiled-sources.ts";
import type { ValueOf } from "./condition.ts";
import type { Matcher } from "./match.ts";

export type {
  CompiledTls,
  NamedSecret,
  NetworkName,
  SecretSource,
} from "./compiled-sources.ts";

/** A policy that is ready to decide calls: every reference holds, every glob and condition is compiled. */
export interface CompiledPolicy {
  readonly name: string;
  /** By path. */
  readonly routes: ReadonlyMap<string, CompiledRoute>;
  /** By name. */
  readonly upstreams: ReadonlyMap<string, CompiledUpstream>;
  readonly identity: CompiledIdentity;
  readonly operations: readonly CompiledOperation[];
  readonly rules: readonly CompiledRule[];
  readonly limits: readonly CompiledLimit[];
  /** By name. */
  readonly approvals: ReadonlyMap<string, CompiledApproval>;
  /** By name. */
  readonly notifiers: ReadonlyMap<string, CompiledNotifier>;
  readonly scanning: CompiledScanning;
  readonly audit: CompiledAudit;
}

export interface CompiledRoute {
  readonly path: string;
  /** At least one. Those of a route with several appear as one server, in this order. */
  readonly upstreams: readonly string[];
  readonly allowsAnonymous: boolean;
  /** What tokens must be issued for, in place of what their issuer's entry says. */
  readonly audience?: string;
  /** What tokens must be good for. */
  readonly scopes: readonly string[];
}

export interface CompiledUpstream {
  readonly name: string;
  readonly target:
    | { readonly kind: "http"; readonly url: string }
    /** HTTP+SSE of MCP 2024-11-05. */
    | { readonly kind: "sse"; readonly url: string }
    | CompiledCommand;
  readonly credentials?: CompiledCredentials;
  readonly tls?: CompiledTls;
  readonly network: NetworkName;
  readonly timeoutMs: number;
  readonly maxConcurrent: number;
  /** Whether agents may tell it their roots. */
  readonly acceptsRoots: boolean;
  readonly circuitBreaker: { readonly failures: number; readonly openForMs: number };
}

/** A stdio server that a bridge runs. */
export interface CompiledCommand {
  readonly kind: "command";
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly process: ProcessSharingName;
  /** Variables of its environment, which the bridge reads from its own environment or disk. */
  readonly env: readonly {
    readonly name: string;
    readonly prefix: string;
    readonly secret: SecretSource;
  }[];
  /** At a time. */
  readonly maxProcesses: number;
}

/** Who shares one process: nobody, the sessions of an agent, or all. */
export type ProcessSharingName = "session" | "agent" | "shared";

export interface CompiledOperation {
  readonly name: string;
  readonly matcher: Matcher;
}

export interface CompiledRule {
  readonly name: string;
  readonly action: "allow" | "deny" | "approve";
  readonly reason: string;
  /** Set exactly when the action is "approve". */
  readonly approval?: CompiledApproval;
  readonly matcher: Matcher;
}

export interface CompiledApproval {
  readonly name: string;
  readonly approverGroups: readonly string[];
  readonly quorum: number;
  readonly expiresAfterMs: number;
  readonly requireReason: boolean;
  readonly holdForMs: number;
  /** Whether agents that know tasks get a handle instead of being held. */
  readonly offerTasks: boolean;
  /** From approval until it lapses. */
  readonly executeWithinMs: number;
  readonly maxPendingPerAgent: number;
  /** 0: an identical call asks anew at once. */
  readonly keepOutcomeMs: number;
  /** Distinct operators whose denials end it. */
  readonly denials: number;
  /** Names of notifiers. */
  readonly notify: readonly string[];
  readonly remindAfterMs?: number;
  readonly escalation?: CompiledEscalation;
  /** Empty: nobody may break the glass. */
  readonly breakGlassGroups: readonly string[];
}

/** What happens when nobody decides for some time. */
export interface CompiledEscalation {
  readonly afterMs: number;
  /** Names of notifiers. */
  readonly notify: readonly string[];
  /** These may decide from then on, too. */
  readonly approverGroups: readonly string[];
}

/** A way to reach people. */
export interface CompiledNotifier {
  readonly name: string;
  readonly target: CompiledWebhook | CompiledSmtp;
  readonly gatherForMs: number;
  /** With `{id}` for the approval. */
  readonly link?: string;
}

export interface CompiledWebhook {
  readonly kind: "webhook";
  readonly url: NamedSecret;
  readonly format: "json" | "slack" | "teams";
  readonly signWith?: NamedSecret;
  readonly network: NetworkName;
  readonly ca?: SecretSource;
}

export interface CompiledSmtp {
  readonly kind: "smtp";
  readonly host: string;
  readonly port: number;
  readonly security: "starttls" | "tls" | "none";
  /** Set exactly when there is a password. */
  readonly username?: NamedSecret;
  readonly password?: NamedSecret;
  readonly from: string;
  readonly to: readonly string[];
  readonly network: NetworkName;
  readonly ca?: SecretSource;
}

export type LimitKeyName =
  | "tenant"
  | "group"
  | "agent"
  | "route"
  | "upstream"
  | "tool"
  | "operation"
  | "session";

export interface CompiledLimit {
  readonly name: string;
  readonly matcher: Matcher;
  readonly per: readonly LimitKeyName[];
  /** Counted apart by their values, too. */
  readonly perValueOf: readonly { readonly source: string; readonly read: ValueOf }[];
  /** At least one. */
  readonly quotas: readonly CompiledQuota[];
  readonly costs: readonly { readonly matcher: Matcher; readonly cost: number }[];
  /** Whether it counts methods that name no tool, prompt or resource too. */
  readonly namesMethods: boolean;
  readonly whenRedisIsDown: "deny" | "allow" | "local";
  /** Counted and recorded, never refused. */
  readonly shadow: boolean;
  readonly refuseWith: "error" | "result";
  /** Whether a call that waits for people has its place among those under way. */
  readonly countsHeld: boolean;
  /** Different tools, sessions and values that one agent may use within the longest window. */
  readonly maxSubjects: number;
}

/** So many of something. A limit may have several, which hold together. */
export type CompiledQuota =
  | { readonly kind: "requests" | "cost"; readonly amount: number; readonly windowMs: number }
  /** Calls under way at the same time. */
  | { readonly kind: "concurrent"; readonly amount: number };

export interface CompiledAudit {
  readonly arguments: "none" | "redacted" | "full";
  readonly results: "none" | "redacted" | "full";
  readonly maxValueBytes: number;
  readonly whenUnwritable: "block" | "spool" | "allow";
  readonly durability: "strict" | "spooled" | "lazy";
}
