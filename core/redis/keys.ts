/** What one counter of a limit counts. */
export interface LimitCounterParts {
  /** The limit's name. */
  readonly limit: string;
  /** core/limits/quota-shape.ts */
  readonly quota: string;
  readonly subject: string;
}

/**
 * Every Redis key of the gateway, in one place.
 *
 * A key names its owner first, then its layout version, so that two releases can run side by side.
 * Braces mark the part that Redis Cluster hashes: keys used in one script must share it.
 */
export const redisKeys = {
  /** String, the latest policy version. Written by the control plane. Never expires. */
  policyLatest: "mcpgw:1:{policy}:latest",
  /** Hash {policy (binary), digest, author, message, pushedAtMs}. Written once by the control plane. Never expires. */
  policyVersion: (version: number) => `mcpgw:1:{policy}:version:${version}`,
  /** Channel: the number of a version that was just accepted. Published by the control plane. */
  policyChannel: "mcpgw:1:{policy}:accepted",

  /** Hash, agent id → AgentRecord as JSON with key digests. Written by the control plane. Never expires. */
  agents: "mcpgw:1:{agents}:table",
  /** String, grows with each change of the table, never back. Written by the control plane. Never expires. */
  agentsRevision: "mcpgw:1:{agents}:revision",
  /** String, when a key was last used, in ms. By the beginning of its digest. Written by the proxies. Expires 400 days after. */
  agentKeyUsed: (keyId: string) => `mcpgw:1:{agents}:used:${keyId}`,
  /** Channel: "from revision id" of the agent that was just changed. Published by the control plane. */
  agentsChannel: "mcpgw:1:{agents}:changed",

  /** Hash, kind and name → PinRecord as JSON (core/pins/pin-record.ts), of one server. Written by the proxies, which see definitions, and the control plane, which takes decisions. Never expires. */
  pins: (server: string) => `mcpgw:1:{pins}:server:${server}`,
  /** Hash, digest → canonical definition, at most 64 KiB of it. Written together with the records. Never expires. */
  pinTexts: (server: string) => `mcpgw:1:{pins}:texts:${server}`,
  /** Hash, server → revision of its pins. Changed together with the records. Never expires. */
  pinRevisions: "mcpgw:1:{pins}:revisions",
  /** Channel: the server whose pins have changed. Published by core/pins/replace-pins.lua. */
  pinsChannel: "mcpgw:1:{pins}:changed",

  /**
   * Hash, a digest of session, server and kind → the definitions that were shown in that list of those that have moved (JSON, names
   * and definitions as digests), at most 1,000 lists of 2,000 names. Written by the proxies. Expires a week after the agent's last list.
   */
  shownLists: (who: string) => `mcpgw:1:{shown:${who}}:lists`,
  /** Sorted set, the same fields by when they were written, in ms: the oldest go. Written and expires together with them. */
  shownOrder: (who: string) => `mcpgw:1:{shown:${who}}:order`,

  /** Hash, "kind:name" → FreezeRecord as JSON (control-plane/freezes). Written by the control plane. Never expires. */
  freezes: "mcpgw:1:{freezes}:table",
  /** Channel: says that something was frozen, or is no longer. Published by the control plane. */
  freezesChannel: "mcpgw:1:{freezes}:changed",

  /** Hash, operator name → record as JSON with the token's digest. Written by the control plane. Never expires. */
  operators: "mcpgw:1:{operators}:table",

  /** Hash, proxy id → ProxyRecord as JSON. Written by the control plane that serves its stream; stale rows are swept. */
  fleet: "mcpgw:1:{fleet}:proxies",

  /**
   * String, the sub-buckets of one window (count.lua), or for "concurrent" a sorted set, lease by its end in ms.
   * Written by the proxies. Expires one window after the last call, leases soon after their proxy dies.
   * Tenant and subject come escaped from core/limits/subject-code.ts.
   */
  limitCounter: (tenant: string, parts: LimitCounterParts) =>
    `mcpgw:2:{limit:${tenant}}:${parts.limit}:${parts.quota}:${parts.subject}`,
  /** Pattern for SCAN: the counters of one limit, or of all ("*"). */
  limitCounters: (limit: string) => `mcpgw:2:{limit:*}:${limit}:*`,
  /** Channel: the name of a limit whose counters an operator cleared. Published by the control plane, where approvals are. */
  limitsResetChannel: "mcpgw:1:{limits}:reset",
  /** Hash, one approval (core/approvals/approval-record.ts). Written by open.lua, changed by transition.lua only. Expires a week after its end. */
  approval: (id: string) => `mcpgw:1:{approvals}:record:${id}`,
  /** String, the id of the approval that identical calls attach to. Expires when they no longer do. */
  approvalOfCall: (identity: string) => `mcpgw:1:{approvals}:open:${identity}`,
  /** Sorted set, ids of an agent's pending approvals by expiry in ms. Changed together with the records. Expires with the last. */
  approvalsOfAgent: (agent: string) => `mcpgw:1:{approvals}:agent:${agent}`,
  /** String, how the call of an approval ended, encrypted. Written by the proxy that executed it. Expires as the policy says. */
  approvalOutcome: (id: string) => `mcpgw:1:{approvals}:outcome:${id}`,
  /** String, the call that a task stands for, encrypted. Written by the proxy that gave the handle. Expires with the approval's clocks. */
  approvalTask: (id: string) => `mcpgw:1:{approvals}:task:${id}`,
  /** Sorted set, id by creation time in ms. Written by the proxies; swept by the control plane. */
  approvalIndex: "mcpgw:1:{approvals}:index",
  /** Sorted set, ids of pending, approved and executing approvals by the time in ms at which they need attention. Changed together with the record. */
  approvalsPending: "mcpgw:1:{approvals}:pending",
  /** Sorted set, ids of approvals that one operator alone approved, by that time in ms, until somebody else has reviewed them. Changed together with the record. */
  approvalsToReview: "mcpgw:1:{approvals}:to-review",
  /** Channel: the id of an approval whose state changed. Published by the scripts. */
  approvalChannel: "mcpgw:1:{approvals}:changed",
  /** Hash, "<kind>~<notifier>" → how that message about the approval fares (control-plane/notify/delivery-store.ts). Written by the control plane. Expires after the approval. */
  approvalDeliveries: (id: string) => `mcpgw:1:{approvals}:deliveries:${id}`,
  /** Hash {open, dueAtMs, notBeforeMs}, the batch of messages that fills now. Written by the control plane. Expires when nothing comes. */
  noticeGather: (group: string) => `mcpgw:1:{approvals}:gather:${group}`,
  /** List, the ids of the approvals that one message tells of. Written by the control plane. Expires after them. */
  noticeBatch: (group: string, batch: string) => `mcpgw:1:{approvals}:batch:${group}~${batch}`,
  /** Sorted set, ids of unfinished approvals by the policy version under which their messages were planned. Written by the control plane; swept. */
  approvalsPlanned: "mcpgw:1:{approvals}:planned",
  /** Prefix of BullMQ's own keys: the braces keep a queue on one slot. */
  queuePrefix: "{mcpgw:1:queue}",

  /** String, changes whenever an upstream announces that its lists have. Written by the proxies. Expires an hour after the last change. */
  listEdition: (upstream: string) => `mcpgw:1:{lists}:edition:${upstream}`,

  /** Channel: calls that agents cancelled, for the proxy that holds them. Published by the proxies. */
  cancelChannel: "mcpgw:1:{calls}:cancelled",

  /** Channel: [question, answer] of agents to what a proxy asked them in an upstream's name. Published by the proxies. */
  answerChannel: "mcpgw:1:{calls}:answered",

  /** Sorted set, digest of a session id that its agent ended → when, in ms. Written by the proxies, which drop what has expired. Expires one session lifetime after the last. */
  endedSessions: "mcpgw:1:{sessions}:ended",
  /** Channel: [digest, when] of a session that has just ended. Published by the proxies. */
  endedSessionsChannel: "mcpgw:1:{sessions}:ended:now",
  /** String, sealed: a session with an upstream that began later than the agent's own. Written by the proxies. Expires a day after a proxy last looked for it. */
  laterSession: (digest: string) => `mcpgw:1:{later-session:${digest}}:way`,

  /**
   * Hash, what an agent or session has read: label → its first source as JSON {call, tool, at}; "source:<n>" → the latest thousand
   * sources of traces. Written by the proxies. Expires, with the two below, as the policy says (`taintFor`, default 1h) after the last call that read or sent something.
   */
  taint: (who: string) => `mcpgw:1:{taint:${who}}:labels`,
  /**
   * String, keyed digests of what private results say, eight bytes each; before those of each result eight bytes with the number of its source. The oldest go: 512 KiB at
   * most, and at least three quarters of that; "base:traces" of the labels says how many are gone. Written by the proxies.
   */
  taintTraces: (who: string) => `mcpgw:1:{taint:${who}}:said`,
  /** String, the same of hosts, addresses, accounts and paths; the lowest bit says that something untrusted named it, and the first to name it counts. 256 KiB at most. Written by the proxies. */
  taintNames: (who: string) => `mcpgw:1:{taint:${who}}:named`,

  /**
   * Hash, redaction token → what it stands for, sealed; "bytes" → how much that is: 1,000 values and 256 KiB at most. Of one session. Written by the proxies. Expires,
   * with the two below, as the policy says (`vault.keepFor`, default 30m) after a value was shown last, and with the session.
   */
  vaultValues: (who: string, session: string) => `mcpgw:1:{vault:${who}}:values:${session}`,
  /** Sorted set, the same tokens by when their values are kept no longer, in ms. Written together with them. */
  vaultEnds: (who: string, session: string) => `mcpgw:1:{vault:${who}}:ends:${session}`,
  /** Sorted set, the sessions of an agent that keep values, at most 100, by when the last of those ends. Written together with them. */
  vaultSessions: (who: string) => `mcpgw:1:{vault:${who}}:sessions`,

  /** Channel: what other proxies say to one proxy process (core/redis/peers/exchange.ts). Published by the proxies. */
  peerChannel: (name: string) => `mcpgw:1:{peers}:${name}`,

  /**
   * Stream, one for all: a Redis takes tens of thousands of records per second in batches. Each entry {id, d, p, b, s}: the record's
   * id (the same when it arrives twice), the record as JSON (message AuditRecord), its producer, that producer's start, and its number
   * in that chain. Records of one chain stand in order but for repeats. Written by both planes; trimmed by the control plane,
   * never below what a consumer group has not acknowledged.
   */
  auditStream: "mcpgw:1:{audit}:stream",
  /** String, which exporter of a consumer group works. Written by the exporters. Expires in seconds. */
  auditExportLease: (group: string) => `mcpgw:1:{audit}:export:${group}:lease`,
  /** Hash, "<start> <producer>" → "<sequence> <ms>", how far a group has exported each chain. Written by the exporters, which drop the oldest of ten thousand. Never expires. */
  auditExportSeen: (group: string) => `mcpgw:1:{audit}:export:${group}:seen`,
  /** Stream of {entry, id, reason, d}, the records that a sink refuses for good. Written by the exporters, up to a bound; the control plane takes away what operators send again or drop. Never expires. */
  auditExportDead: (group: string) => `mcpgw:1:{audit}:export:${group}:dead`,
  /** Stream of {entry, id, reason, d}, the dead letters that an operator has sent again. Filled by the control plane, emptied by the exporter. Never expires. */
  auditExportRetry: (group: string) => `mcpgw:1:{audit}:export:${group}:retry`,
  /** Hash, start of a producer → the last record of its chain in the stream, as JSON. Written with every batch; stale fields are swept by the control plane. */
  auditHeads: "mcpgw:1:{audit}:heads",
  /**
   * Sorted sets of stretches of the stream (the minute in which records came, in ms) that hold records of another time: of earlier ones,
   * scored by the earliest time; of later ones, scored by the latest. Written by both planes, which keep a few thousand. Never expire.
   */
  auditEarlier: "mcpgw:1:{audit}:earlier",
  auditLater: "mcpgw:1:{audit}:later",
  /** Hash, key id → the public key of a producer's checkpoints, as JSON. Written once by the control plane when the producer shows it. Never expires. */
  auditKeys: "mcpgw:1:{audit}:keys",
} as const;

/** BullMQ queue whose jobs are the approvals' timers: job id = approval id, delay = time to expiry. */
export const approvalQueueName = "approval-timers";

/** BullMQ queue whose jobs are messages to people, and the times at which to send more. */
export const noticeQueueName = "notices";

/** Reads a key of {@link redisKeys.limitCounter}. */
export function parseLimitCounter(
  key: string,
): (LimitCounterParts & { readonly tenant: string }) | undefined {
  const [, tenant, limit, quota, subject] =
    /^mcpgw:2:\{limit:([^}]*)\}:([^:]+):([^:]+):(.*)$/s.exec(key) ?? [];
  if (tenant === undefined || !limit || !quota || subject === undefined) return undefined;
  return { tenant, limit, quota, subject };
}
