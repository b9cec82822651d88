import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { redisKeys } from "../redis/keys.ts";
import { createApprovalId, normalizeIdPrefix } from "./approval-id.ts";
import {
  type ApprovalRecord,
  type ApprovalState,
  type NewApproval,
  parseApproval,
} from "./approval-record.ts";

export interface Decision {
  readonly operator: string;
  readonly approve: boolean;
  readonly reason: string;
  /** Of the record that was shown to the operator. */
  readonly digest: string;
}

export type DecideResult =
  | { readonly kind: "recorded"; readonly approval: ApprovalRecord }
  | { readonly kind: "not-found" }
  /** It ended otherwise before. */
  | { readonly kind: "already"; readonly approval: ApprovalRecord }
  | { readonly kind: "expired"; readonly approval: ApprovalRecord }
  | { readonly kind: "digest-differs"; readonly approval: ApprovalRecord };

export type ExpireResult =
  | { readonly kind: "expired" }
  | { readonly kind: "too-early"; readonly remainingMs: number }
  /** Without a state: there is no such record. */
  | { readonly kind: "not-pending"; readonly state?: ApprovalState };

type Edge = "decide" | "expire" | "cancel" | "claim" | "finish";

interface ApprovalScripts {
  mcpgwOpenApproval(...keysAndArguments: (string | number)[]): Promise<[string, string]>;
  mcpgwMoveApproval(...keysAndArguments: (string | number)[]): Promise<[string, string | number]>;
}

const keepFinishedMs = 7 * 24 * 60 * 60_000;
/** An execution that lasts longer is looked at: its proxy may be dead. */
const lookAfterClaimMs = 10 * 60_000;
const pageSize = 200;
/** The states whose records stand in approvalsPending. */
const unfinished: ReadonlySet<ApprovalState> = new Set(["pending", "approved", "executing"]);

const openLua = readFileSync(new URL("./open.lua", import.meta.url), "utf8");
const transitionLua = readFileSync(new URL("./transition.lua", import.meta.url), "utf8");

/** The approvals in Redis. Each change is one compare-and-set by Redis's clock: racing callers have one winner. */
export class ApprovalStore {
  readonly #redis: Redis & ApprovalScripts;

  constructor(redis: Redis) {
    redis.defineCommand("mcpgwOpenApproval", { lua: openLua, numberOfKeys: 5 });
    redis.defineCommand("mcpgwMoveApproval", { lua: transitionLua, numberOfKeys: 3 });
    this.#redis = redis as Redis & ApprovalScripts;
  }

  /** Opens a record, or attaches to the one that waits with the same digest. */
  async open(request: NewApproval): Promise<{ approval: ApprovalRecord; opened: boolean }> {
    const { expiresAfterMs, ...asked } = request;
    for (;;) {
      const id = createApprovalId();
      const [outcome, found] = await this.#redis.mcpgwOpenApproval(
        redisKeys.approvalOfDigest(request.digest),
        redisKeys.approval(id),
        redisKeys.approvalIndex,
        redisKeys.approvalsPending,
        redisKeys.approvalChannel,
        id,
        redisKeys.approval(""),
        JSON.stringify(asked),
        request.digest,
        request.quorum,
        Math.max(1, Math.round(expiresAfterMs)),
      );
      if (outcome === "taken") continue;
      return { approval: await this.#getExisting(found), opened: outcome === "opened" };
    }
  }

  async get(id: string): Promise<ApprovalRecord | undefined> {
    return parseApproval(id, await this.#redis.hgetall(redisKeys.approval(id)));
  }

  /** Every approval whose id begins so; more than one means that the prefix is ambiguous. At most 10. */
  async find(idOrPrefix: string): Promise<ApprovalRecord[]> {
    const prefix = normalizeIdPrefix(idOrPrefix);
    if (prefix === undefined) return [];
    const exact = await this.get(prefix);
    if (exact) return [exact];

    const ids = await this.#allIds();
    return this.#getMany(ids.filter((id) => id.startsWith(prefix)).slice(0, 10));
  }

  /** Newest first. */
  async list(options: { state?: ApprovalState; limit: number }): Promise<ApprovalRecord[]> {
    const { state, limit } = options;
    const found: ApprovalRecord[] = [];
    const isUnfinished = state !== undefined && unfinished.has(state);
    const ids = isUnfinished ? await this.#unfinishedIds() : await this.#allIds();
    const enough = isUnfinished ? Number.POSITIVE_INFINITY : limit;
    for (let start = 0; start < ids.length && found.length < enough; start += pageSize) {
      const page = await this.#getMany(ids.slice(start, start + pageSize));
      found.push(...page.filter((it) => !state || it.state === state));
    }
    return found.sort((one, other) => other.createdAt - one.createdAt).slice(0, limit);
  }

  /** Records one operator's answer. The same answer of the same operator again is no error. */
  async decide(id: string, decision: Decision): Promise<DecideResult> {
    const { operator, approve, reason, digest } = decision;
    const [kind] = await this.#move("decide", id, [
      operator,
      approve ? "approve" : "deny",
      JSON.stringify({ operator, approve, reason }),
      digest,
    ]);
    if (kind === "missing") return { kind: "not-found" };
    const approval = await this.#getExisting(id);
    return { kind: kind as Exclude<DecideResult["kind"], "not-found">, approval };
  }

  /** Ends an approval whose time is over and whose call was not begun. Redis's clock decides. */
  async expire(id: string): Promise<ExpireResult> {
    const [kind, detail] = await this.#move("expire", id, []);
    if (kind === "expired") return { kind };
    if (kind === "too-early") return { kind, remainingMs: Number(detail) };
    if (kind === "missing") return { kind: "not-pending" };
    return { kind: "not-pending", state: detail as ApprovalState };
  }

  /** False: it was pending no longer. */
  async cancel(id: string, reason: string): Promise<boolean> {
    return (await this.#move("cancel", id, [reason]))[0] === "moved";
  }

  /** Takes the right to execute an approved call. At most one caller ever gets true. */
  async claim(id: string, proxyId: string): Promise<boolean> {
    return (await this.#move("claim", id, [proxyId, lookAfterClaimMs]))[0] === "moved";
  }

  /** Records how the execution ended. False unless `proxyId` claimed it. */
  async finish(
    id: string,
    proxyId: string,
    state: "succeeded" | "failed" | "indeterminate",
  ): Promise<boolean> {
    return (await this.#move("finish", id, [proxyId, state]))[0] === "moved";
  }

  /** Open approvals past their expiry, and executions that began some minutes ago. The caller's clock only chooses. */
  overdue(nowMs: number, limit: number): Promise<string[]> {
    return this.#redis.zrangebyscore(redisKeys.approvalsPending, 0, nowMs, "LIMIT", 0, limit);
  }

  /** Removes ids from the indexes whose records Redis has dropped. Returns how many. */
  async sweepIndex(nowMs: number, limit: number): Promise<number> {
    const oldest = await this.#redis.zrangebyscore(
      redisKeys.approvalIndex,
      0,
      nowMs - keepFinishedMs,
      "LIMIT",
      0,
      limit,
    );
    const exist = await Promise.all(oldest.map((id) => this.#redis.exists(redisKeys.approval(id))));
    const gone = oldest.filter((_, index) => exist[index] === 0);
    if (gone.length > 0) await this.#redis.zrem(redisKeys.approvalIndex, ...gone);
    return gone.length;
  }

  /** Newest first. */
  #allIds(): Promise<string[]> {
    return this.#redis.zrevrange(redisKeys.approvalIndex, 0, -1);
  }

  /** In no order: few wait, while thousands have ended. */
  #unfinishedIds(): Promise<string[]> {
    return this.#redis.zrevrange(redisKeys.approvalsPending, 0, -1);
  }

  #move(edge: Edge, id: string, details: readonly (string | number)[]) {
    return this.#redis.mcpgwMoveApproval(
      redisKeys.approval(id),
      redisKeys.approvalsPending,
      redisKeys.approvalChannel,
      id,
      edge,
      redisKeys.approvalOfDigest(""),
      keepFinishedMs,
      ...details,
    );
  }

  async #getMany(ids: readonly string[]): Promise<ApprovalRecord[]> {
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return found.filter((it) => it !== undefined);
  }

  async #getExisting(id: string): Promise<ApprovalRecord> {
    const approval = await this.get(id);
    if (!approval) throw new Error(`approval ${id} vanished while it was read`);
    return approval;
  }
}
