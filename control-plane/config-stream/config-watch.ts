import { create, equals } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Redis } from "ioredis";
import type { PinStore } from "../../core/pins/pin-store.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import type { Logger } from "../../core/service/log.ts";
import {
  type FreezeTable,
  FreezeTableSchema,
  type Snapshot,
  SnapshotSchema,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { AgentStore } from "../agents/agent-store.ts";
import type { FleetStore } from "../fleet/fleet-store.ts";
import type { FreezeStore } from "../freezes/freeze-store.ts";
import type { PolicyStore } from "../policy/policy-store.ts";
import { repeat } from "../repeat.ts";
import { PinWatch } from "../tools/pin-watch.ts";
import { AgentRoll } from "./agent-roll.ts";
import { AnnouncedChanges } from "./announced-changes.ts";

export interface ConfigWatchOptions {
  readonly policies: PolicyStore;
  readonly agents: AgentStore;
  readonly fleet: Pick<FleetStore, "list">;
  readonly pins: Pick<PinStore, "revisions" | "read" | "texts">;
  readonly freezes: Pick<FreezeStore, "list">;
  /** A connection for purpose "subscriber" that nobody else uses. */
  readonly subscriber: Redis;
  readonly log: Logger;
  readonly pollMs?: number;
}

/**
 * Keeps what every proxy should have, as Redis has it now, whichever control plane changed it.
 * Messages of Redis make it quick; the poll makes it right, since such messages can be lost.
 */
export class ConfigWatch {
  readonly #options: ConfigWatchOptions;
  readonly #listeners = new Set<() => void>();
  #snapshot: Snapshot | undefined;
  #agents: AgentRoll | undefined;
  readonly #announced = new AnnouncedChanges();
  readonly #pins: PinWatch;
  #freezes: FreezeTable | undefined;
  #proxies: number | undefined;
  /** What Redis says is the latest, but does not have: reported once. */
  #refusedLatest: number | undefined;
  #refreshing: Promise<void> | undefined;
  #again = false;
  #stopPolling = async () => {};

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
    this.#pins = new PinWatch(options.pins);
  }

  /** The latest policy. Undefined: none was pushed. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Undefined only before {@link start}. */
  get agents(): AgentRoll | undefined {
    return this.#agents;
  }

  /** Which definitions are accepted, by server. */
  pins(): ReturnType<PinWatch["servers"]> {
    return this.#pins.servers();
  }

  /** What operators have frozen. Undefined only before {@link start}. */
  get freezes(): FreezeTable | undefined {
    return this.#freezes;
  }

  /** How many proxies live. Undefined: not known yet. */
  get proxies(): number | undefined {
    return this.#proxies;
  }

  /** Calls the listener after each change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when what Redis holds has been read once. */
  async start(): Promise<void> {
    const { subscriber, log, pollMs = 2_000 } = this.#options;
    subscriber.on("message", (channel, message) => {
      if (channel === redisKeys.agentsChannel) this.#announced.note(message);
      // A failure here is the poll's to report: it reads the same.
      this.refresh().catch(() => {});
    });
    const { policyChannel, agentsChannel, pinsChannel, freezesChannel } = redisKeys;
    await subscriber.subscribe(policyChannel, agentsChannel, pinsChannel, freezesChannel);
    await this.refresh();
    const name = "reading the latest policy, agents and pins from Redis";
    this.#stopPolling = repeat({ name, everyMs: pollMs, task: () => this.refresh(), log });
  }

  stop(): Promise<void> {
    return this.#stopPolling();
  }

  /** Reads what changed. Calls at the same time share one reading, and one more where a change may have come late. */
  refresh(): Promise<void> {
    this.#again = true;
    this.#refreshing ??= this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshAll(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      // Who may not call any more is told first, and at once.
      const reads = [
        () => this.#refreshFreezes(),
        () => this.#refreshAgents(),
        () => this.#pins.refresh(),
        () => this.#refreshPolicy(),
        () => this.#refreshFleet(),
      ];
      for (const read of reads) {
        if (await read()) for (const listener of this.#listeners) listener();
      }
    }
  }

  async #refreshPolicy(): Promise<boolean> {
    const { policies, log } = this.#options;
    const latest = await policies.latest();
    const held = Number(this.#snapshot?.version ?? 0n);
    if (latest === held) return false;
    if (latest === this.#refusedLatest) return false;
    if (latest < held) {
      log.error(
        { latest, held },
        "Redis has an older policy than before: it lost data. Proxies refuse to go back: push the policy until its version is higher",
      );
    }
    const found = await policies.get(latest);
    this.#refusedLatest = found ? undefined : latest;
    if (!found) {
      log.error({ latest, held }, "Redis lacks the latest policy; the one before stays in use");
      return false;
    }
    const { digest, pushedAtMs } = found.info;
    this.#snapshot = create(SnapshotSchema, {
      version: BigInt(latest),
      digest,
      pushedAt: timestampFromMs(pushedAtMs),
      policy: found.policy,
    });
    return true;
  }

  async #refreshFreezes(): Promise<boolean> {
    const table = create(FreezeTableSchema, { freezes: await this.#options.freezes.list() });
    if (this.#freezes && equals(FreezeTableSchema, this.#freezes, table)) return false;
    this.#freezes = table;
    return true;
  }

  /** Rows of the fleet come and go without a message: the poll finds them. */
  async #refreshFleet(): Promise<boolean> {
    const rows = await this.#options.fleet.list();
    const proxies = rows.filter(({ kind }) => kind === "proxy").length;
    if (proxies === this.#proxies) return false;
    this.#proxies = proxies;
    return true;
  }

  async #refreshAgents(): Promise<boolean> {
    const { agents: store, log } = this.#options;
    const latest = await store.revision();
    const held = this.#agents;
    if (held?.revision === latest) return false;
    const changes = held && this.#announced.take(held.revision, latest);
    if (changes) {
      held.follow(changes, await store.getAll(changes.map(({ id }) => id)));
      return true;
    }
    if (held && latest < held.revision) {
      log.error(
        { latest, held: held.revision },
        "Redis has older agents than before: it lost data. Proxies keep those that they have until one is changed: look with mcpctl agent list",
      );
    }
    this.#agents = new AgentRoll(await store.snapshot());
    return true;
  }
}
