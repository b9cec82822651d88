/** How requests of one agent reach one upstream. */
export type Way =
  | {
      readonly era: "legacy";
      /** Undefined when the upstream keeps none. */
      readonly session: string | undefined;
      readonly version: string;
    }
  | { readonly era: "modern" };

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
