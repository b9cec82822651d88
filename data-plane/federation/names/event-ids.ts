/** Where the agent's streams stand, by upstream: the last event id that each gave. */
export type Positions = ReadonlyMap<string, string>;

/** Where an agent wants to go on. */
export type ResumePoint =
  /** In the stream that merges all upstreams. */
  | { readonly kind: "merged"; readonly positions: Positions }
  /** In one upstream's answer, which broke off. */
  | { readonly kind: "single"; readonly upstream: string; readonly lastEventId: string };

/** Event ids travel in a header of the agent's next request. */
const maxLength = 4_096;

export function encodePositions(positions: Positions): string | undefined {
  return bounded(`m.${encode([...positions])}`);
}

export function encodePosition(upstream: string, lastEventId: string): string | undefined {
  return bounded(`s.${encode([[upstream, lastEventId]])}`);
}

/** Undefined when it is no id of ours: the stream then begins where it stands now. */
export function decodeResumePoint(id: string | undefined): ResumePoint | undefined {
  const [, kind, content] = id?.match(/^([ms])\.([A-Za-z0-9_-]{1,4094})$/) ?? [];
  if (content === undefined) return undefined;
  const positions = decode(content);
  if (!positions) return undefined;
  if (kind === "m") return { kind: "merged", positions: new Map(positions) };
  const [only] = positions;
  return only && { kind: "single", upstream: only[0], lastEventId: only[1] };
}

/** An id that no header can carry is worse than none: none is resumed from the one before. */
function bounded(id: string): string | undefined {
  return id.length <= maxLength ? id : undefined;
}

function encode(pairs: readonly (readonly [string, string])[]): string {
  return Buffer.from(JSON.stringify(pairs)).toString("base64url");
}

function decode(content: string): [string, string][] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(content, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  return Array.isArray(value) && value.every(isPair) ? value : undefined;
}

function isPair(value: unknown): value is [string, string] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((part) => typeof part === "string" && !/[\r\n\0]/.test(part))
  );
}
