import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** A tool's definition, or that of what else a server says, in the one form that is digested, shown and compared. */
export interface CanonicalDefinition {
  /** SHA-256 of the text, in hex. */
  readonly digest: string;
  /** RFC 8785. */
  readonly text: string;
}

/** Keys of `_meta` that belong to one answer rather than to the tool. */
const volatileMeta = ["progressToken", "traceparent", "tracestate", "baggage"];
/** What such a key holds is no sentence: what is, may speak to a model. */
const volatileValue = /^[\w.\-=,:;%/+@*]{0,512}$/;

/**
 * All that an upstream says of it, names of parameters and hints included: any of it may speak to a model.
 * Undefined when it has no canonical form (numbers beyond IEEE 754, nested beyond measure).
 */
export function canonicalDefinition(
  listed: Readonly<Record<string, unknown>>,
): CanonicalDefinition | undefined {
  try {
    const text = canonicalize(withoutVolatile(listed));
    if (text === undefined) return undefined;
    return { digest: createHash("sha256").update(text).digest("hex"), text };
  } catch {
    return undefined;
  }
}

function withoutVolatile({ _meta, ...listed }: Readonly<Record<string, unknown>>): object {
  if (typeof _meta !== "object" || _meta === null) return listed;
  const kept = Object.entries(_meta).filter(
    ([key, value]) => !volatileMeta.includes(key) || !volatileValue.test(String(value)),
  );
  return kept.length > 0 ? { ...listed, _meta: Object.fromEntries(kept) } : listed;
}
