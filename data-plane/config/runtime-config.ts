import { compilePolicy } from "../../core/policy/compile.ts";
import type { CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import type { Snapshot } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import { Freezes } from "./freezes.ts";

/** One policy version, ready for use. Immutable: a call sees one from its arrival to its end. */
export interface RuntimeConfig {
  readonly version: number;
  readonly digest: string;
  readonly policy: CompiledPolicy;
}

/** Holds the configuration in use: one reference, swapped whole. */
export class ConfigHolder {
  /** What operators have frozen: beside the policy, and whatever it says. */
  readonly freezes = new Freezes();
  #current: RuntimeConfig | undefined;
  readonly #onChange: (now: RuntimeConfig, before: RuntimeConfig | undefined) => void;

  constructor(
    onChange: (now: RuntimeConfig, before: RuntimeConfig | undefined) => void = () => {},
  ) {
    this.#onChange = onChange;
  }

  /** Undefined before the first snapshot. */
  get current(): RuntimeConfig | undefined {
    return this.#current;
  }

  /** Takes a snapshot into use, or returns why not; the one before stays then. */
  apply(snapshot: Snapshot): readonly string[] {
    const version = Number(snapshot.version);
    const serving = this.#current?.version ?? 0;
    // Going backwards would bring back what an operator has taken away: a rollback is a new version.
    if (version < serving) return [`version ${version} is older than ${serving}, which is served`];
    if (version === serving && this.#current?.digest === snapshot.digest) return [];
    if (!snapshot.policy) return ["the snapshot holds no policy"];

    const compiled = compilePolicy(snapshot.policy);
    if (!compiled.ok) return compiled.problems.map(({ path, message }) => `${path}: ${message}`);
    const before = this.#current;
    this.#current = { version, digest: snapshot.digest, policy: compiled.policy };
    this.#onChange(this.#current, before);
    return [];
  }
}
