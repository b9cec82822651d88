import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Sealer } from "../../core/secrets/sealer.ts";

/** What a task's id says. It names a record and is never authority by itself. */
export interface TaskHandle {
  readonly approvalId: string;
  /** Of the call that waits, and of all that its approval is bound to. */
  readonly identity: string;
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly validUntil: number;
}

/** The call that a task stands for, without anything that the agent proves itself with. */
export interface KeptCall {
  /** Without _meta: that comes with each poll. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Those headers that repeat what is in the body. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Owner {
  readonly agent: string;
  readonly route: string;
}

const prefix = "mcpgw-task.";
const maxIdLength = 2_048;
/** Calls with more are held as if their agent knew no tasks. */
const maxKeptLength = 64 * 1024;

/** Tasks that stand for held calls (SEP-2663): ids that any proxy can open, for the agent and the route they were made for. */
export class HeldTasks {
  readonly #redis: Redis;
  readonly #ids: Sealer;
  readonly #calls: Sealer;
  readonly #now: () => number;

  constructor(options: {
    /** A connection for purpose "durable". */
    readonly redis: Redis;
    readonly ids: Sealer;
    readonly calls: Sealer;
    readonly now?: () => number;
  }) {
    this.#redis = options.redis;
    this.#ids = options.ids;
    this.#calls = options.calls;
    this.#now = options.now ?? Date.now;
  }

  idOf(handle: TaskHandle, owner: Owner): string {
    return prefix + this.#ids.seal(JSON.stringify(handle), aboutOf(owner)).toString("base64url");
  }

  /** Whether it claims to be ours: every other task is an upstream's own. */
  isOurs(taskId: unknown): taskId is string {
    return typeof taskId === "string" && taskId.startsWith(prefix);
  }

  /** Undefined when it was changed, is over, or belongs to somebody else. */
  open(taskId: string, owner: Owner): TaskHandle | undefined {
    if (taskId.length > maxIdLength) return undefined;
    const sealed = Buffer.from(taskId.slice(prefix.length), "base64url");
    const content = this.#ids.open(sealed, aboutOf(owner));
    if (content === undefined) return undefined;
    const handle = JSON.parse(content) as TaskHandle;
    return this.#now() < handle.validUntil ? handle : undefined;
  }

  /** Keeps the call of a task. False: it is too large. */
  async keep(approvalId: string, call: KeptCall, forMs: number): Promise<boolean> {
    const content = JSON.stringify(call);
    if (content.length > maxKeptLength) return false;
    const sealed = this.#calls.seal(content, approvalId);
    await this.#redis.set(redisKeys.approvalTask(approvalId), sealed, "PX", Math.ceil(forMs));
    return true;
  }

  /** Undefined: it is kept no longer, or was sealed under a key that is gone. */
  async kept(approvalId: string): Promise<KeptCall | undefined> {
    const sealed = await this.#redis.getBuffer(redisKeys.approvalTask(approvalId));
    const content = sealed && this.#calls.open(sealed, approvalId);
    return content ? (JSON.parse(content) as KeptCall) : undefined;
  }

  /** The call was made, or never will be: what it asked for is no longer needed. */
  async forget(approvalId: string): Promise<void> {
    await this.#redis.del(redisKeys.approvalTask(approvalId));
  }
}

function aboutOf({ agent, route }: Owner): string {
  return JSON.stringify([agent, route]);
}
