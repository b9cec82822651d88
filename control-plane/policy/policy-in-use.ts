import { compilePolicy } from "../../core/policy/compile.ts";
import type { CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import type { Snapshot } from "../../proto/gen/mcpgateway/v1/config_pb.ts";

export interface VersionedPolicy {
  readonly version: number;
  readonly policy: CompiledPolicy;
}

/** The latest policy as this release understands it, compiled once per version. */
export class PolicyInUse {
  readonly #snapshot: () => Snapshot | undefined;
  #compiled: VersionedPolicy | undefined;

  constructor(snapshot: () => Snapshot | undefined) {
    this.#snapshot = snapshot;
  }

  /** Undefined: there is none, or a newer release accepted one that this release cannot enforce. */
  get current(): VersionedPolicy | undefined {
    const snapshot = this.#snapshot();
    const version = Number(snapshot?.version ?? 0n);
    if (this.#compiled?.version === version) return this.#compiled;
    const result = snapshot?.policy && compilePolicy(snapshot.policy);
    if (!result?.ok) return undefined;
    this.#compiled = { version, policy: result.policy };
    return this.#compiled;
  }
}
