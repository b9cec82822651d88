import type { Redis } from "ioredis";
import { redisKeys } from "../redis/keys.ts";
import { normalizeIdPrefix } from "./approval-id.ts";
import { type ApprovalRecord, type ApprovalState, parseApproval } from "./approval-record.ts";

const pageSize = 200;
/** The states whose records stand in approvalsPending. */
const unfinished: ReadonlySet<ApprovalState> = new Set(["pending", "approved", "executing"]);

/** Looks approvals up. */
export class ApprovalReader {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async get(id: string): Promise<ApprovalRecord | undefined> {
    return parseApproval(id, await this.#redis.hgetall(redisKeys.approval(id)));
  }

  /** Whether identical calls attach to an approval whose call does not run by that. */
  async isHeld(identity: string): Promise<boolean> {
    const id = await this.#redis.get(redisKeys.approvalOfCall(identity));
    const record = id === null ? undefined : await this.get(id);
    if (!record || record.state === "approved") return false;
    return record.state !== "pending" || record.expiresAt > Date.now();
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
  async list(options: {
    readonly state?: ApprovalState;
    readonly where?: (approval: ApprovalRecord) => boolean;
    readonly limit: number;
    /** How many of the newest are looked at. Default: all. */
    readonly among?: number;
  }): Promise<ApprovalRecord[]> {
    const { state, limit, where = () => true, among } = options;
    const found: ApprovalRecord[] = [];
    const isUnfinished = state !== undefined && unfinished.has(state);
    const all = isUnfinished ? await this.#unfinishedIds() : await this.#allIds();
    const ids = among === undefined ? all : all.slice(0, among);
    const enough = isUnfinished ? Number.POSITIVE_INFINITY : limit;
    for (let start = 0; start < ids.length && found.length < enough; start += pageSize) {
      const page = await this.#getMany(ids.slice(start, start + pageSize));
      found.push(...page.filter((it) => (!state || it.state === state) && where(it)));
    }
    return found.sort((one, other) => other.createdAt - one.createdAt).slice(0, limit);
  }

  /** What one operator alone has approved and nobody else has looked at, the longest first. */
  async toReview(limit: number): Promise<ApprovalRecord[]> {
    const ids = await this.#redis.zrange(redisKeys.approvalsToReview, 0, String(limit - 1));
    return this.#getMany(ids);
  }

  /** The ids of an agent's pending approvals, the one that expires next first. */
  async pendingOf(agent: string, limit: number): Promise<string[]> {
    return await this.#redis.zrange(redisKeys.approvalsOfAgent(agent), 0, String(limit - 1));
  }

  /** Approvals of which a clock has run out: to be decided, begun, or executed by. The caller's clock only chooses. */
  overdue(nowMs: number, limit: number): Promise<string[]> {
    return this.#redis.zrangebyscore(redisKeys.approvalsPending, 0, nowMs, "LIMIT", 0, limit);
  }

  /** Newest first. */
  #allIds(): Promise<string[]> {
    return this.#redis.zrevrange(redisKeys.approvalIndex, 0, -1);
  }

  /** In no order: few wait, while thousands have ended. */
  #unfinishedIds(): Promise<string[]> {
    return this.#redis.zrevrange(redisKeys.approvalsPending, 0, -1);
  }

  async #getMany(ids: readonly string[]): Promise<ApprovalRecord[]> {
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return found.filter((it) => it !== undefined);
  }
}
