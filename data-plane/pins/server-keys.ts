import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { DefinitionSettings } from "../../core/policy/compiled-scanning.ts";
import type { DefinitionPins } from "./definition-pins.ts";

interface ServerKeysOptions {
  readonly pins: Pick<DefinitionPins, "review" | "recall">;
  /** As the policy of the moment says. Undefined: there is none. */
  readonly settingsOf: (upstream: CompiledUpstream) => DefinitionSettings | undefined;
}

const maxRemembered = 2_000;

/** Holds servers to the public keys that their certificates were seen with. Who vouches for those is TLS's affair. */
export class ServerKeys {
  readonly #options: ServerKeysOptions;
  readonly #definitions = new Map<string, ReturnType<typeof definitionOf>>();

  constructor(options: ServerKeysOptions) {
    this.#options = options;
  }

  /** Whether a new connection may be used. `publicKey`: SHA-256 over the SubjectPublicKeyInfo, in hex. Never rejects. */
  async meet(upstream: CompiledUpstream, publicKey: string): Promise<boolean> {
    const settings = this.#options.settingsOf(upstream);
    if (!settings) return true;
    const listed = [this.#definitionOf(publicKey)];
    const settingsOf = () => settings;
    const [verdict] = await this.#options.pins.review({
      upstream,
      listed,
      isWhole: false,
      settingsOf,
    });
    return verdict?.action !== "quarantine";
  }

  /** Whether a connection that was good may still be used: a push, or an operator, may have decided otherwise since. */
  isGood(upstream: CompiledUpstream, publicKey: string): boolean {
    const settings = this.#options.settingsOf(upstream);
    if (!settings) return true;
    const { action } = this.#options.pins.recall(upstream, this.#definitionOf(publicKey), settings);
    return action !== "quarantine";
  }

  /** The same object each time: its digest is remembered with it. */
  #definitionOf(publicKey: string) {
    const known = this.#definitions.get(publicKey) ?? definitionOf(publicKey);
    if (this.#definitions.size >= maxRemembered) this.#definitions.clear();
    this.#definitions.set(publicKey, known);
    return known;
  }
}

function definitionOf(publicKey: string) {
  return { kind: "server", name: "certificate", said: { publicKey } } as const;
}
