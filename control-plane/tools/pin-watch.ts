import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { toWireKind } from "../../core/pins/definition-kind.ts";
import type { PinRecord, PinVariant } from "../../core/pins/pin-record.ts";
import type { PinStore } from "../../core/pins/pin-store.ts";
import { type ServerPins, ServerPinsSchema } from "../../proto/gen/mcpgateway/v1/config_pb.ts";

/** The pins as Redis has them, as proxies are told of them: each server apart, whenever it changed. */
export class PinWatch {
  readonly #store: Pick<PinStore, "revisions" | "read">;
  readonly #servers = new Map<string, ServerPins>();

  constructor(store: Pick<PinStore, "revisions" | "read">) {
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
      this.#servers.set(server, toServerPins(server, read));
      changed = true;
    }
    return changed;
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
