import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { toWireKind } from "../../core/pins/definition-kind.ts";
import { lastAccepted, type PinRecord, type PinVariant } from "../../core/pins/pin-record.ts";
import type { PinStore } from "../../core/pins/pin-store.ts";
import { type ServerPins, ServerPinsSchema } from "../../proto/gen/mcpgateway/v1/config_pb.ts";

type Store = Pick<PinStore, "revisions" | "read" | "texts">;

/** The pins as Redis has them, as proxies are told of them: each server apart, whenever it changed. */
export class PinWatch {
  readonly #store: Store;
  readonly #servers = new Map<string, ServerPins>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** What Redis has no more stays: proxies go on holding tools to it. */
  servers(): Iterable<ServerPins> {
    return this.#servers.values();
  }

  /** Reads what changed. Says whether anything did. */
  async refresh(): Promise<boolean> {
    const latest = await this.#store.revisions();
    let changed = false;
    for (const [server, revision] of latest) {
      // One that is older is Redis's, which has lost data: proxies refuse to go back.
      if (BigInt(revision) <= (this.#servers.get(server)?.revision ?? 0n)) continue;
      const read = await this.#store.read(server);
      const acceptedInstructions = await this.#instructionsIn(server, read.records);
      this.#servers.set(server, { ...toServerPins(server, read), acceptedInstructions });
      changed = true;
    }
    return changed;
  }

  /** The accepted ones, which proxies give to agents in the place of others. */
  async #instructionsIn(server: string, records: readonly PinRecord[]): Promise<string> {
    const record = records.find(({ kind }) => kind === "instructions");
    const digest = record && lastAccepted(record)?.digest;
    if (digest === undefined) return "";
    const texts = await this.#store.texts(server, [digest]);
    return instructionsOf(texts.get(digest) ?? "");
  }
}

/** A definition that was cut is no JSON. */
function instructionsOf(definition: string): string {
  try {
    const { instructions } = JSON.parse(definition);
    return typeof instructions === "string" ? instructions : "";
  } catch {
    return "";
  }
}

function toServerPins(
  server: string,
  { revision, records }: { readonly revision: number; readonly records: readonly PinRecord[] },
): ServerPins {
  const tools = records.map(({ kind, name, variants, movedAtMs }) => {
    const digests = (state: PinVariant["state"]) =>
      variants
        .filter((variant) => variant.state === state)
        .map(({ digest }) => Buffer.from(digest, "hex"));
    const accepted = digests("accepted");
    return {
      kind: toWireKind(kind),
      name,
      accepted,
      waiting: digests("waiting"),
      rejected: digests("rejected"),
      ...(movedAtMs !== undefined && { movedAt: timestampFromMs(movedAtMs) }),
    };
  });
  return create(ServerPinsSchema, { server, revision: BigInt(revision), tools });
}
