import type { Redis } from "ioredis";
import { redisKeys } from "../../core/redis/keys.ts";
import { defineScript, type RedisScript } from "../redis-script.ts";

/** One connected proxy or bridge. Times are Redis's: control planes disagree about theirs. */
export interface FleetRow {
  readonly id: string;
  /** Names the stream: a later stream of the same proxy takes the row over. */
  readonly streamId: string;
  readonly kind: "proxy" | "bridge";
  readonly address: string;
  readonly release: string;
  readonly servingVersion: number;
  /** 0: none. */
  readonly refusedVersion: number;
  readonly problems: readonly string[];
  readonly connectedAtMs: number;
  readonly lastSeenAtMs: number;
}

/** A proxy that was not seen for so long is not listed. */
const maxSilenceMs = 30_000;

/** The rows of the fleet in Redis, written by whichever control plane serves the proxy's stream. */
export class FleetStore {
  readonly #redis: Redis;
  readonly #write: RedisScript;
  readonly #remove: RedisScript;
  readonly #sweep: RedisScript;

  constructor(redis: Redis) {
    const script = (name: string) => new URL(`./${name}.lua`, import.meta.url);
    this.#redis = redis;
    this.#write = defineScript(redis, "mcpgwWriteFleetRow", script("write-row"));
    this.#remove = defineScript(redis, "mcpgwRemoveFleetRow", script("remove-row"));
    this.#sweep = defineScript(redis, "mcpgwSweepFleetRows", script("sweep-rows"));
  }

  /** Takes the row for a stream that has just begun. `displaced` is the row of a stream that seems to live still. */
  async join(
    row: Omit<FleetRow, "connectedAtMs" | "lastSeenAtMs">,
  ): Promise<{ readonly row: FleetRow; readonly displaced: FleetRow | undefined }> {
    const nowMs = await this.#nowMs();
    const joined = { ...row, connectedAtMs: nowMs, lastSeenAtMs: nowMs };
    const displaced = (await this.list()).find(({ id }) => id === row.id);
    await this.#put(joined, "join");
    return { row: joined, displaced };
  }

  /** Writes what is new, and that the proxy lives. False: a later stream owns the row. */
  async update(row: FleetRow): Promise<boolean> {
    return (await this.#put({ ...row, lastSeenAtMs: await this.#nowMs() }, "update")) === 1;
  }

  async leave({ id, streamId }: Pick<FleetRow, "id" | "streamId">): Promise<void> {
    await this.#remove([redisKeys.fleet], [id, streamId]);
  }

  /** By id. */
  async list(): Promise<FleetRow[]> {
    const [nowMs, rows] = await Promise.all([this.#nowMs(), this.#redis.hvals(redisKeys.fleet)]);
    return rows
      .map((row) => JSON.parse(row) as FleetRow)
      .filter((row) => nowMs - row.lastSeenAtMs <= maxSilenceMs)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** Forgets proxies that vanished without a word, together with the control plane that served them. */
  async sweep(): Promise<number> {
    return Number(await this.#sweep([redisKeys.fleet], [maxSilenceMs]));
  }

  #put(row: FleetRow, how: "join" | "update"): Promise<unknown> {
    return this.#write([redisKeys.fleet], [row.id, row.streamId, JSON.stringify(row), how]);
  }

  async #nowMs(): Promise<number> {
    const [seconds, microseconds] = await this.#redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }
}
