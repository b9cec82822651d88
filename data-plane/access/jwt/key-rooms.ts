import { JsonClient } from "../../../core/net/json-client.ts";
import type { CompiledIdentity, CompiledIssuer } from "../../../core/policy/compiled-identity.ts";
import type { SecretReader } from "../../../core/secrets/secret-reader.ts";
import type { Logger } from "../../../core/service/log.ts";
import { fetchKeys } from "./fetch-keys.ts";
import { IssuerKeys } from "./issuer-keys.ts";

interface Room {
  readonly keys: IssuerKeys;
  readonly client: JsonClient;
}

const lookEveryMs = 60_000;

/** The keys of every issuer that the policy names, kept new beside the calls. */
export class KeyRooms {
  #rooms = new Map<string, Room>();
  readonly #secrets: SecretReader;
  readonly #log: Logger;
  readonly #looking = setInterval(() => this.#refresh(), lookEveryMs).unref();

  constructor(options: { readonly secrets: SecretReader; readonly log: Logger }) {
    this.#secrets = options.secrets;
    this.#log = options.log;
  }

  /** Gets ready for the issuers of a policy; those that are left alone keep their keys. */
  follow({ issuers }: CompiledIdentity): void {
    const before = this.#rooms;
    this.#rooms = new Map();
    for (const issuer of issuers.values()) {
      const key = keyOf(issuer);
      this.#rooms.set(key, before.get(key) ?? this.#open(issuer));
      before.delete(key);
    }
    for (const { client } of before.values()) void client.close();
    this.#refresh();
  }

  keysOf(issuer: CompiledIssuer): IssuerKeys {
    const key = keyOf(issuer);
    const room = this.#rooms.get(key) ?? this.#open(issuer);
    // A call may still see the policy before the one that is followed.
    this.#rooms.set(key, room);
    return room.keys;
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    await Promise.all([...this.#rooms.values()].map(({ client }) => client.close()));
  }

  #refresh(): void {
    for (const { keys } of this.#rooms.values()) void keys.refreshIfDue();
  }

  #open(issuer: CompiledIssuer): Room {
    const { network, ca } = issuer;
    const readTls = () => (ca ? { ca: this.#secrets.read(ca) } : {});
    const client = new JsonClient({ network, readTls });
    const keys = new IssuerKeys({
      issuer: issuer.issuer,
      fetchKeys: () => fetchKeys(issuer, client),
      staleForMs: issuer.keysStaleForMs,
      log: this.#log,
    });
    return { keys, client };
  }
}

function keyOf({ issuer, jwksUri, network, ca, keysStaleForMs }: CompiledIssuer): string {
  return JSON.stringify([issuer, jwksUri, network, ca, keysStaleForMs]);
}
