import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type DefinitionKind,
  type DefinitionName,
  keyOf,
  toDefinitionKind,
  toWireKind,
} from "../../core/pins/definition-kind.ts";
import { maxWaiting, type PinRecord, type PinVariant } from "../../core/pins/pin-record.ts";
import {
  type PinTable as PinTableMessage,
  PinTableSchema,
  type ServerPins,
  ServerPinsSchema,
  type ToolDefinitions,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";

/** How a definition stands. "unseen": this proxy knows of no decision, and of no waiting for one. */
export type Standing = "accepted" | "pending" | "changed" | "rejected" | "unseen";

type Digests = Readonly<Record<PinVariant["state"], ReadonlySet<string>>>;

interface Pin extends DefinitionName {
  readonly digests: Digests;
  /** Milliseconds since the epoch. */
  readonly movedAtMs?: number;
}

/** By {@link keyOf}. */
type Pins = ReadonlyMap<string, Pin>;

interface Server {
  readonly revision: bigint;
  readonly pins: Pins;
  /** Empty: none are known. */
  readonly instructions: string;
}

/** What a change of the pins means for those who use a server. */
export interface PinEffect {
  readonly server: string;
  /** Of what was known and is accepted now, or is so no longer. */
  readonly visible: ReadonlySet<DefinitionKind>;
}

/** Definitions are remembered for so many servers; what is beyond is asked for again. */
const maxServers = 2_000;

/** Which definitions are accepted, in memory: no call asks Redis. The control plane tells. */
export class PinTable {
  readonly #servers = new Map<string, Server>();

  standingOf(server: string, named: DefinitionName, digest: string): Standing {
    const digests = this.#find(server, named);
    if (!digests) return "unseen";
    if (digests.accepted.has(digest)) return "accepted";
    if (digests.rejected.has(digest)) return "rejected";
    // A server that shows another definition each time is not recorded for ever.
    if (!digests.waiting.has(digest) && digests.waiting.size < maxWaiting) return "unseen";
    return digests.accepted.size > 0 ? "changed" : "pending";
  }

  /** Whether any definition was seen under the name. */
  knows(server: string, named: DefinitionName): boolean {
    return this.#find(server, named) !== undefined;
  }

  /** Whether some definition was seen under the name that is not accepted. */
  isDoubtful(server: string, named: DefinitionName): boolean {
    const digests = this.#find(server, named);
    return digests !== undefined && waits(digests);
  }

  /** When other definitions of it came to be accepted than before, in milliseconds since the epoch. Undefined: never. */
  movedAt(server: string, named: DefinitionName): number | undefined {
    return this.#servers.get(server)?.pins.get(keyOf(named))?.movedAtMs;
  }

  /** All such names of a kind. */
  doubtful(server: string, kind: DefinitionKind): readonly string[] {
    const pins = this.#servers.get(server)?.pins.values() ?? [];
    return [...pins].flatMap((pin) => (pin.kind === kind && waits(pin.digests) ? [pin.name] : []));
  }

  /** Digests of the definitions of it that are accepted. */
  acceptedOf(server: string, named: DefinitionName): readonly string[] {
    return [...(this.#find(server, named)?.accepted ?? [])];
  }

  /** What is accepted of one server. */
  *accepted(server: string): Generator<DefinitionName & { readonly digests: ReadonlySet<string> }> {
    for (const { kind, name, digests } of this.#servers.get(server)?.pins.values() ?? []) {
      if (digests.accepted.size > 0) yield { kind, name, digests: digests.accepted };
    }
  }

  /** Those that were accepted last, as somebody says who need not be believed. Undefined: none are known. */
  instructions(server: string): string | undefined {
    return this.#servers.get(server)?.instructions || undefined;
  }

  servers(): Iterable<string> {
    return this.#servers.keys();
  }

  /** Takes the pins of a server into use, unless they are older than those in use. Undefined: nothing changed. */
  replace({
    server,
    revision,
    tools: listed,
    acceptedInstructions: instructions,
  }: ServerPins): PinEffect | undefined {
    const before = this.#servers.get(server);
    if ((before && revision < before.revision) || this.#isFull(server)) return undefined;
    const pins = new Map(listed.flatMap(pinsIn));
    this.#servers.set(server, { revision, pins, instructions });
    return effectOf(server, before?.pins ?? new Map(), pins);
  }

  /** Takes in some records as Redis has them. Their revision comes by way of the control plane. */
  merge(server: string, records: readonly PinRecord[]): PinEffect | undefined {
    if (this.#isFull(server)) return undefined;
    const known = this.#servers.get(server) ?? { revision: 0n, pins: none, instructions: "" };
    const { pins: before } = known;
    const pins = new Map(before);
    for (const record of records) {
      const { kind, name, movedAtMs } = record;
      const moved = movedAtMs !== undefined && { movedAtMs };
      pins.set(keyOf(record), { kind, name, digests: digestsOf(record), ...moved });
    }
    this.#servers.set(server, { ...known, pins });
    return effectOf(server, before, pins);
  }

  /** All of it, for the next start. */
  toMessage(): PinTableMessage {
    const servers = [...this.#servers].map(([server, { revision, pins, instructions }]) =>
      create(ServerPinsSchema, {
        server,
        revision,
        acceptedInstructions: instructions,
        tools: [...pins.values()].map(({ kind, name, digests, movedAtMs }) => ({
          kind: toWireKind(kind),
          name,
          accepted: bytesOf(digests.accepted),
          waiting: bytesOf(digests.waiting),
          rejected: bytesOf(digests.rejected),
          ...(movedAtMs !== undefined && { movedAt: timestampFromMs(movedAtMs) }),
        })),
      }),
    );
    return create(PinTableSchema, { servers });
  }

  #find(server: string, named: DefinitionName): Digests | undefined {
    return this.#servers.get(server)?.pins.get(keyOf(named))?.digests;
  }

  #isFull(server: string): boolean {
    return !this.#servers.has(server) && this.#servers.size >= maxServers;
  }
}

const none: Pins = new Map();

/** The name of the upstream in a key of core/pins/server-key.ts. */
export function upstreamOf(server: string): string {
  return server.slice(0, server.lastIndexOf("~"));
}

/** Empty for a kind that this release does not know: it judges nothing of it. */
function pinsIn(listed: ToolDefinitions): (readonly [string, Pin])[] {
  const { name } = listed;
  const kind = toDefinitionKind(listed.kind);
  if (!kind) return [];
  const digests = {
    accepted: hexOf(listed.accepted),
    waiting: hexOf(listed.waiting),
    rejected: hexOf(listed.rejected),
  };
  const moved = listed.movedAt && { movedAtMs: timestampMs(listed.movedAt) };
  return [[keyOf({ kind, name }), { kind, name, digests, ...moved }]];
}

function waits({ waiting, rejected }: Digests): boolean {
  return waiting.size + rejected.size > 0;
}

function effectOf(server: string, before: Pins, now: Pins): PinEffect | undefined {
  const differing = [...now].filter(([key, { digests }]) => {
    const old = before.get(key)?.digests;
    return !old || textOf(old) !== textOf(digests);
  });
  if (differing.length === 0) return undefined;
  const visible = differing.filter(([key, { digests }]) => {
    const old = before.get(key)?.digests;
    return old && [...old.accepted].join() !== [...digests.accepted].join();
  });
  return { server, visible: new Set(visible.map(([, { kind }]) => kind)) };
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
