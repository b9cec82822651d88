import { modernVersion } from "../../mcp/era.ts";

/** How requests of one agent reach one upstream. */
export type Way =
  | {
      readonly era: "legacy";
      /** Undefined when the upstream keeps none. */
      readonly session: string | undefined;
      readonly version: string;
    }
  | { readonly era: "modern" };

/** What of a way is kept. */
export type EncodedWay = [session: string | null, version: string];

export function encodeWay(way: Way): EncodedWay {
  return way.era === "modern" ? [null, modernVersion] : [way.session ?? null, way.version];
}

export function decodeWay([session, version]: EncodedWay): Way {
  if (version >= modernVersion) return { era: "modern" };
  return { era: "legacy", version, session: session ?? undefined };
}

export function isSameWay(one: Way, other: Way | undefined): boolean {
  return other !== undefined && String(encodeWay(one)) === String(encodeWay(other));
}

export const legacyVersions: readonly string[] = [
  "2025-11-25",
  "2025-06-18",
  "2025-03-26",
  "2024-11-05",
];

/** What an upstream said of itself when it was met. */
export interface Greeting {
  readonly way: Way;
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly instructions: string | undefined;
  /** How long it may be believed, and by whom; of the modern era only. */
  readonly ttlMs: number;
  readonly cacheScope: "public" | "private";
}

/** What an agent says of itself when it begins a session. */
export interface AgentProfile {
  readonly version: string;
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly clientInfo?: unknown;
}
