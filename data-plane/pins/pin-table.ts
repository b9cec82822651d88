import { create } from "@bufbuild/protobuf";
import { maxWaiting, type PinRecord, type PinVariant } from "../../core/pins/pin-record.ts";
import {
  type PinTable as PinTableMessage,
  PinTableSchema,
  type ServerPins,
  ServerPinsSchema,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";

/** How a definition stands. "unseen": this proxy knows of no decision, and of no waiting for one. */
export type Standing = "accepted" | "pending" | "changed" | "rejected" | "unseen";

type Digests = Readonly<Record<PinVariant["state"], ReadonlySet<string>>>;

interface Server {
  readonly revision: bigint;
  readonly tools: Map<string, Digests>;
}

/** What a change of the pins means for those who use a server. */
export interface PinEffect {
  readonly server: string;
  /** Whether tools that were known are accepted now, or are so no longer. */
  readonly isVisible: boolean;
}

/** Definitions are remembered for so many servers; what is beyond is asked for again. */
const maxServers = 2_000;

/** Which definitions are accepted, in memory: no call asks Redis. The control plane tells. */
export class PinTable {
  readonly #servers = new Map<string, Server>();

  standingOf(server: string, name: string, digest: string): Standing {
    const tool = this.#servers.get(server)?.tools.get(name);
    if (!tool) return "unseen";
    if (tool.accepted.has(digest)) return "accepted";
    if (tool.rejected.has(digest)) return "rejected";
    // A server that shows another definition each time is not recorded for ever.
    if (!tool.waiting.has(digest) && tool.waiting.size < maxWaiting) return "unseen";
    return tool.accepted.size > 0 ? "changed" : "pending";
  }

  /** Whether any definition of the tool was seen. */
  knows(server: string, name: string): boolean {
    return this.#servers.get(server)?.tools.has(name) ?? false;
  }

  /** Whether some definition of the tool was seen that is not accepted. */
  isDoubtful(server: string, name: string): boolean {
    const tool = this.#servers.get(server)?.tools.get(name);
    return tool !== undefined && tool.waiting.size + tool.rejected.size > 0;
  }

  /** The digests that are accepted, by tool, of one server. */
  *accepted(server: string): Generator<readonly [name: string, digests: ReadonlySet<string>]> {
    for (const [name, { accepted }] of this.#servers.get(server)?.tools ?? []) {
      if (accepted.size > 0) yield [name, accepted];
    }
  }

  servers(): Iterable<string> {
    return this.#servers.keys();
  }

  /** Takes the pins of a server into use, unless they are older than those in use. Undefined: nothing changed. */
  replace({ server, revision, tools: listed }: ServerPins): PinEffect | undefined {
    const before = this.#servers.get(server);
    if ((before && revision < before.revision) || this.#isFull(server)) return undefined;
    const tools = new Map(
      listed.map(({ name, ...digests }) => [
        name,
        {
          accepted: hexOf(digests.accepted),
          waiting: hexOf(digests.waiting),
          rejected: hexOf(digests.rejected),
        },
      ]),
    );
    this.#servers.set(server, { revision, tools });
    return effectOf(server, before?.tools ?? new Map(), tools);
  }

  /** Takes in records of some tools as Redis has them. Their revision comes by way of the control plane. */
  merge(server: string, records: readonly PinRecord[]): PinEffect | undefined {
    if (this.#isFull(server)) return undefined;
    const { revision, tools: before } = this.#servers.get(server) ?? {
      revision: 0n,
      tools: new Map<string, Digests>(),
    };
    const tools = new Map(before);
    for (const record of records) tools.set(record.name, digestsOf(record));
    this.#servers.set(server, { revision, tools });
    return effectOf(server, before, tools);
  }

  /** All of it, for the next start. */
  toMessage(): PinTableMessage {
    const servers = [...this.#servers].map(([server, { revision, tools }]) =>
      create(ServerPinsSchema, {
        server,
        revision,
        tools: [...tools].map(([name, { accepted, waiting, rejected }]) => ({
          name,
          accepted: bytesOf(accepted),
          waiting: bytesOf(waiting),
          rejected: bytesOf(rejected),
        })),
      }),
    );
    return create(PinTableSchema, { servers });
  }

  #isFull(server: string): boolean {
    return !this.#servers.has(server) && this.#servers.size >= maxServers;
  }
}

function effectOf(
  server: string,
  before: ReadonlyMap<string, Digests>,
  now: ReadonlyMap<string, Digests>,
): PinEffect | undefined {
  const differing = [...now].filter(([name, digests]) => {
    const old = before.get(name);
    return !old || textOf(old) !== textOf(digests);
  });
  if (differing.length === 0) return undefined;
  const isVisible = differing.some(([name, { accepted }]) => {
    const old = before.get(name);
    return old && [...old.accepted].join() !== [...accepted].join();
  });
  return { server, isVisible };
}

function textOf({ accepted, waiting, rejected }: Digests): string {
  return [accepted, waiting, rejected].map((digests) => [...digests].join()).join(";");
}

function digestsOf({ variants }: PinRecord): Digests {
  const inState = (state: PinVariant["state"]) =>
    new Set(variants.filter((it) => it.state === state).map(({ digest }) => digest));
  return {
    accepted: inState("accepted"),
    waiting: inState("waiting"),
    rejected: inState("rejected"),
  };
}

function hexOf(digests: readonly Uint8Array[]): ReadonlySet<string> {
  return new Set(digests.map((digest) => Buffer.from(digest).toString("hex")));
}

function bytesOf(digests: ReadonlySet<string>): Uint8Array[] {
  return [...digests].map((digest) => Buffer.from(digest, "hex"));
}
