import { hkdfSync } from "node:crypto";
import type { FlowEvidenceName } from "../../core/policy/flow-labels.ts";
import type { Source, Taint, Wanted } from "./taint.ts";
import type { Located } from "./trace/argument-traces.ts";
import type { Cut } from "./trace/cuts.ts";
import { denseAddressesIn } from "./trace/dense-addresses.ts";
import type { Digest } from "./trace/digest-table.ts";
import type { Trace } from "./trace/trace-batch.ts";
import { Tracer } from "./trace/tracer.ts";

/** What the arguments of a call bear. */
export interface Borne {
  readonly located: readonly Located[];
  /** Addresses with room for what was read (JSON Pointers). */
  readonly dense: readonly string[];
  /** What may be in there beyond what was looked at. */
  readonly unseen: ReadonlySet<FlowEvidenceName>;
}

/** What of the arguments of a call comes from where. */
export interface Flowing {
  readonly evidence: FlowEvidenceName;
  /** Undefined: it was read too long ago to know by which call, or could not be looked for. */
  readonly source: Source | undefined;
  readonly kind: Trace["kind"] | undefined;
  readonly pointer: string;
  readonly through: string | undefined;
}

const maxTenants = 500;
/** One common phrase is no evidence. */
const enoughText = 2;

/** Makes traces under a key of each tenant, so that nobody can compare what two of them read. */
export class Tracers {
  readonly #secret: Buffer;
  readonly #byTenant = new Map<string, Tracer>();

  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /** The secrets are what detectors found in the value. */
  ofArguments(tenant: string, value: unknown, secrets: readonly string[] = []): Borne {
    const unseen = new Set<FlowEvidenceName>();
    const onCut = (cut: Cut) => {
      unseen.add("private-secret");
      // Of what looks like tokens only a part was looked at, and of everything else all.
      if (cut !== "traces") unseen.add("private-text");
      if (cut !== "traces") unseen.add("untrusted-target");
    };
    const located = this.#tracerOf(tenant).ofArguments(value, { onCut, secrets });
    return { located, dense: denseAddressesIn(value), unseen };
  }

  ofResult(tenant: string, value: unknown, secrets: readonly string[] = []): Wanted {
    return sorted(this.#tracerOf(tenant).ofResult(value, { secrets }));
  }

  #tracerOf(tenant: string): Tracer {
    const known = this.#byTenant.get(tenant);
    if (known) return known;
    const key = Buffer.from(hkdfSync("sha256", this.#secret, tenant, "mcpgw traces", 32));
    const tracer = new Tracer({ key });
    const [oldest] = this.#byTenant.keys();
    if (this.#byTenant.size >= maxTenants && oldest !== undefined) this.#byTenant.delete(oldest);
    this.#byTenant.set(tenant, tracer);
    return tracer;
  }
}

/** What is private apart from names. */
export function sorted(traces: readonly Trace[]): Wanted {
  const names = traces.filter(isNameOf);
  return { traces: names.length === 0 ? traces : traces.filter((it) => !isNameOf(it)), names };
}

function isNameOf({ kind }: Trace): boolean {
  return kind !== "text" && kind !== "secret";
}

/** What of the arguments was read before. What could not be looked at counts as found, once anything was read that could be there. */
export function flowingIn({ located, dense, unseen }: Borne, taint: Taint): readonly Flowing[] {
  const texts = located.filter((trace) => trace.kind === "text" && taint.traces.has(trace));
  const secrets = located.filter((trace) => trace.kind === "secret" && taint.traces.has(trace));
  const names = located.filter((trace) => isNameOf(trace) && taint.names.has(trace));
  const isText = texts.length >= enoughText;
  return [
    ...(isText ? texts.map((it) => flowing("private-text", it, taint.traces)) : []),
    ...secrets.map((it) => flowing("private-secret", it, taint.traces)),
    ...names.map((it) => flowing("untrusted-target", it, taint.names)),
    ...dense.map((pointer) => ({ evidence: "dense-address" as const, ...nowhere, pointer })),
    ...[...unseen]
      .filter((evidence) => (evidence === "untrusted-target" ? taint.hasNames : taint.hasTraces))
      .map((evidence) => ({ evidence, ...nowhere })),
  ];
}

const nowhere = { source: undefined, kind: undefined, pointer: "", through: undefined };

function flowing(
  evidence: FlowEvidenceName,
  trace: Located,
  sources: ReadonlyMap<Digest, Source | undefined>,
): Flowing {
  const { kind, pointer, through } = trace;
  return { evidence, source: sources.get(trace), kind, pointer, through };
}
