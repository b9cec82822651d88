import type { Call } from "../call/agent-request.ts";
import type { Answer } from "../call/outcome.ts";
import { isObject, type RequestId } from "../mcp/json-rpc.ts";
import { type CatalogEntry, type CatalogKind, catalogShapes, pageIn } from "./catalog-page.ts";
import type { Forwarder } from "./forwarder.ts";
import { listingMeta } from "./listing-meta.ts";
import { credentialsKey } from "./shown-credentials.ts";
import { UpstreamError } from "./upstream-error.ts";

/** What an upstream says of one of its tools. */
export interface ToolDefinition {
  readonly name: string;
  readonly inputSchema: unknown;
  /** All that the upstream says of it. */
  readonly listed: Readonly<Record<string, unknown>>;
  /** That, and what else it lists under the same name. */
  readonly definitions: readonly CatalogEntry[];
}

/** The upstream refused to list: this is its answer to the call as well (such as: session ended). */
export interface Refusal {
  readonly kind: "refused";
  readonly answer: Answer;
}

export type FindResult =
  | { readonly kind: "found"; readonly tool: ToolDefinition }
  | { readonly kind: "unknown" }
  | Refusal;

export type ListResult =
  | { readonly kind: "listed"; readonly entries: readonly CatalogEntry[] }
  | Refusal;

export interface Wanted {
  /** A list that was read longer ago is read again. */
  readonly maxAgeMs?: number;
  /** Whether only what this very session was shown counts: servers may show another one something else. */
  readonly inSession?: boolean;
}

interface Listing {
  readonly kind: CatalogKind;
  readonly upstream: string;
  /** By name. */
  readonly entries: ReadonlyMap<string, readonly CatalogEntry[]>;
  readonly readAt: number;
}

type ListingReader = (call: Call, entries: readonly CatalogEntry[]) => Promise<void>;

/** What agents with credentials of their own are shown is kept apart. */
const maxListings = 500;
const maxPages = 100;
const maxEntries = 10_000;
/** A definition that was read this long ago is read again before it judges a call. */
const freshForMs = 60_000;

/**
 * Knows what each upstream lists. It asks in the name of the call that needs to know,
 * in its session and era, so it needs no session of its own and works on every proxy.
 */
export class ToolCatalog {
  /** By upstream and place, then by credentials. The one read last stands last. */
  readonly #listings = new Map<string, Listing>();
  readonly #reading = new Map<string, Promise<Listing | Refusal>>();
  readonly #forwarder: Forwarder;
  readonly #now: () => number;
  readonly #onListing: ListingReader;

  /** `onListing` sees each list, whole, before it judges a call. */
  constructor(
    forwarder: Forwarder,
    now: () => number = Date.now,
    onListing: ListingReader = async () => {},
  ) {
    this.#forwarder = forwarder;
    this.#now = now;
    this.#onListing = onListing;
  }

  /** Finds the definition of the tool that a call names. Rejects with an UpstreamError. */
  async find(call: Call, name: string, wanted: Wanted = {}): Promise<FindResult> {
    const known = this.#known(call, "tool", wanted)?.entries.get(name);
    // A session may have tools that others have not: one that is not known is asked for anew.
    const read = known ? undefined : await this.#read(call, "tool", wanted);
    if (read?.kind === "refused") return addressedTo(call.message.id, read);
    const definitions = known ?? read?.entries.get(name) ?? [];
    const [first] = definitions;
    if (!first) return { kind: "unknown" };
    const { said: listed } = first;
    const tool = { name, inputSchema: listed["inputSchema"], listed, definitions };
    return { kind: "found", tool };
  }

  /** All that the upstream lists of a kind, in the session of the call. Rejects with an UpstreamError. */
  async list(
    call: Call,
    kind: CatalogKind,
    { maxAgeMs }: Pick<Wanted, "maxAgeMs"> = {},
  ): Promise<ListResult> {
    const wanted = { inSession: true, ...(maxAgeMs !== undefined && { maxAgeMs }) };
    const listing = this.#known(call, kind, wanted) ?? (await this.#read(call, kind, wanted));
    if (listing.kind === "refused") return addressedTo(call.message.id, listing);
    return { kind: "listed", entries: [...listing.entries.values()].flat() };
  }

  /** Names of the tools that an upstream was last seen to have; undefined when it was never asked. */
  knownTools(upstream: string): readonly string[] | undefined {
    const listings = this.#listingsOf(upstream).filter(([, { kind }]) => kind === "tool");
    if (listings.length === 0) return undefined;
    return [...new Set(listings.flatMap(([, { entries }]) => [...entries.keys()]))];
  }

  /** Forgets what an upstream said: it announced a change. */
  forget(upstream: string): void {
    for (const [key] of this.#listingsOf(upstream)) this.#listings.delete(key);
  }

  #listingsOf(name: string) {
    return [...this.#listings].filter(([, { upstream }]) => upstream === name);
  }

  #known(call: Call, kind: CatalogKind, wanted: Wanted): Listing | undefined {
    const listing = this.#listings.get(keyOf(call, kind, wanted));
    const isFresh = listing && this.#now() - listing.readAt < (wanted.maxAgeMs ?? freshForMs);
    return isFresh ? listing : undefined;
  }

  /** Calls of one session and credentials that arrive together share one reading. */
  #read(call: Call, kind: CatalogKind, wanted: Wanted): Promise<Listing | Refusal> {
    const key = keyOf(call, kind, { inSession: true });
    const underWay = this.#reading.get(key);
    if (underWay !== undefined) return underWay;
    const reading = this.#readPages(call, kind, wanted).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #readPages(call: Call, kind: CatalogKind, wanted: Wanted): Promise<Listing | Refusal> {
    const found: CatalogEntry[] = [];
    // One deadline for all pages: a list that comes in drops keeps no call waiting for ever.
    const signal = AbortSignal.timeout(call.upstream.timeoutMs);
    let cursor: string | undefined;
    for (let page = 0; page < maxPages && found.length <= maxEntries; page += 1) {
      const answer = await this.#askForPage({ ...call, signal }, kind, cursor);
      const result = pageIn(answer.message, kind);
      if (!result) return { kind: "refused", answer };
      found.push(...result.entries);
      cursor = result.nextCursor;
      if (cursor !== undefined) continue;
      await this.#onListing(call, found);
      return this.#keep(call, { kind, entries: found }, wanted);
    }
    throw new UpstreamError(
      `upstream ${call.upstream.name} lists too many ${catalogShapes[kind].field}`,
    );
  }

  #keep(
    call: Call,
    { kind, entries }: { readonly kind: CatalogKind; readonly entries: readonly CatalogEntry[] },
    wanted: Wanted,
  ): Listing {
    const key = keyOf(call, kind, wanted);
    const listing = {
      kind,
      upstream: call.upstream.name,
      entries: Map.groupBy(entries, ({ name }) => name),
      readAt: this.#now(),
    };
    this.#listings.delete(key);
    this.#listings.set(key, listing);
    const [oldest] = this.#listings.keys();
    if (this.#listings.size > maxListings && oldest !== undefined) this.#listings.delete(oldest);
    return listing;
  }

  async #askForPage(call: Call, kind: CatalogKind, cursor: string | undefined) {
    const meta = call.message.params?.["_meta"];
    const { method, field } = catalogShapes[kind];
    const message = {
      jsonrpc: "2.0" as const,
      // The same id would make two requests of one session with one id under way.
      id: `mcpgw-list-${field}-${call.callId}-${cursor ?? ""}`,
      method,
      params: { ...listingMeta(meta), ...(cursor !== undefined && { cursor }) },
    };
    const { "mcp-name": _, ...headers } = call.headers;
    const answer = await this.#forwarder.call(
      {
        ...call,
        message,
        // Others may share this reading: it does not end with the call that began it.
        signal: call.signal,
        headers: call.era === "modern" ? { ...headers, "mcp-method": method } : headers,
      },
      Buffer.from(JSON.stringify(message)),
      { onStream: () => {}, onEvent: async () => {} },
    );
    if (answer.via === "resumable-stream") {
      throw new UpstreamError(`upstream ${call.upstream.name} did not list its ${field}`);
    }
    return answer;
  }
}

/** An upstream may show other tools to other credentials, and behind a name there may be another one after a push. */
function keyOf(call: Call, kind: CatalogKind, { inSession = false }: Wanted): string {
  const { name, target } = call.upstream;
  const session = inSession ? [call.era, call.headers["mcp-session-id"] ?? ""] : [];
  return JSON.stringify([kind, name, target, credentialsKey(call.upstream, call), ...session]);
}

/** The refusal of our listing, as the answer to the call that needed it. */
function addressedTo(id: RequestId, { answer }: Refusal): Refusal {
  if (answer.via === "resumable-stream" || !isObject(answer.message)) {
    return { kind: "refused", answer };
  }
  const message = { ...answer.message, id };
  const text = JSON.stringify(message);
  const addressed: Answer =
    answer.via === "json"
      ? { ...answer, message, body: Buffer.from(text) }
      : { ...answer, message, event: { ...answer.event, data: text } };
  return { kind: "refused", answer: addressed };
}
