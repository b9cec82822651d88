import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { DefinitionSettings } from "../../core/policy/compiled-scanning.ts";
import type { DefinitionPins } from "./definition-pins.ts";

interface ServerKeysOptions {
  readonly pins: Pick<DefinitionPins, "review" | "recall">;
  /** As the policy of the moment says. Undefined: there is none. */
  readonly settingsOf: (upstream: CompiledUpstream) => DefinitionSettings | undefined;
}

const maxRemembered = 2_000;

/** Holds servers to the public keys and programs that they were seen with. Who vouches for a certificate is TLS's affair. */
export class ServerKeys {
  readonly #options: ServerKeysOptions;
  readonly #definitions = new Map<string, ReturnType<typeof definitionOf>>();

  constructor(options: ServerKeysOptions) {
    this.#options = options;
  }

  /** Whether a server may be used that proves to be this one. Never rejects. */
  async meet(
    upstream: CompiledUpstream,
    proof: { readonly name: string; readonly said: Readonly<Record<string, unknown>> },
  ): Promise<boolean> {
    const settings = this.#options.settingsOf(upstream);
    if (!settings) return true;
    const listed = [{ kind: "server" as const, ...proof }];
    const settingsOf = () => settings;
    const [verdict] = await this.#options.pins.review({
      upstream,
      listed,
      isWhole: false,
      settingsOf,
    });
    return verdict?.action !== "quarantine";
  }

  /** Whether a connection with such a public key may still be used: a push, or an operator, may have decided otherwise since. */
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
