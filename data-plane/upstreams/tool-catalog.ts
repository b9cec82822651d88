import type { Call } from "../call/agent-request.ts";
import type { Answer } from "../call/outcome.ts";
import { isObject, type RequestId } from "../mcp/json-rpc.ts";
import type { Forwarder } from "./forwarder.ts";
import { credentialsKey } from "./shown-credentials.ts";
import { UpstreamError } from "./upstream-error.ts";

/** What an upstream says of one of its tools. */
export interface ToolDefinition {
  readonly name: string;
  readonly inputSchema: unknown;
  /** All that the upstream says of it. */
  readonly listed: Readonly<Record<string, unknown>>;
}

export type FindResult =
  | { readonly kind: "found"; readonly tool: ToolDefinition }
  | { readonly kind: "unknown" }
  /** The upstream refused to list its tools: this is its answer to the call as well (such as: session ended). */
  | { readonly kind: "refused"; readonly answer: Answer };

interface Listing {
  readonly tools: ReadonlyMap<string, ToolDefinition>;
  readonly readAt: number;
}

type ListingReader = (call: Call, tools: readonly ToolDefinition[]) => Promise<void>;

/** What agents with credentials of their own are shown is kept apart. */
const maxListings = 500;
const maxPages = 100;
const maxTools = 10_000;
/** A definition that was read this long ago is read again before it judges a call. */
const freshForMs = 60_000;

/**
 * Knows the tools of each upstream. It asks in the name of the call that needs to know,
 * in its session and era, so it needs no session of its own and works on every proxy.
 */
export class ToolCatalog {
  /** By upstream and place, then by credentials. The one read last stands last. */
  readonly #listings = new Map<string, Listing & { readonly upstream: string }>();
  readonly #reading = new Map<string, Promise<Listing | { readonly refused: Answer }>>();
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

  /** Finds the definition of the tool that a call names, not older than so long. Rejects with an UpstreamError. */
  async find(call: Call, name: string, maxAgeMs = freshForMs): Promise<FindResult> {
    const listing = this.#listings.get(keyOf(call));
    const tool = listing?.tools.get(name);
    if (tool && listing && this.#now() - listing.readAt < maxAgeMs) {
      return { kind: "found", tool };
    }
    // A session may have tools that others have not: one that is not known is asked for anew.
    const read = await this.#read(call);
    if ("refused" in read) {
      return { kind: "refused", answer: addressedTo(call.message.id, read.refused) };
    }
    const found = read.tools.get(name);
    return found ? { kind: "found", tool: found } : { kind: "unknown" };
  }

  /** Names of the tools that an upstream was last seen to have; undefined when it was never asked. */
  knownTools(upstream: string): readonly string[] | undefined {
    const listings = this.#listingsOf(upstream).map(([, { tools }]) => tools);
    if (listings.length === 0) return undefined;
    return [...new Set(listings.flatMap((tools) => [...tools.keys()]))];
  }

  /** Forgets what an upstream said: it announced a change. */
  forget(upstream: string): void {
    for (const [key] of this.#listingsOf(upstream)) this.#listings.delete(key);
  }

  #listingsOf(name: string) {
    return [...this.#listings].filter(([, { upstream }]) => upstream === name);
  }

  /** Calls of one session and credentials that arrive together share one reading. */
  #read(call: Call): Promise<Listing | { readonly refused: Answer }> {
    const key = JSON.stringify([keyOf(call), call.headers["mcp-session-id"] ?? ""]);
    const underWay = this.#reading.get(key);
    if (underWay !== undefined) return underWay;
    const reading = this.#readPages(call).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #readPages(call: Call): Promise<Listing | { readonly refused: Answer }> {
    const tools = new Map<string, ToolDefinition>();
    let cursor: string | undefined;
    for (let page = 0; page < maxPages && tools.size <= maxTools; page += 1) {
      const answer = await this.#askForPage(call, cursor);
      const result = toolsResultIn(answer.message);
      if (!result) return { refused: answer };
      for (const tool of result.tools) addTool(tools, tool);
      cursor = result.nextCursor;
      if (cursor === undefined) {
        await this.#onListing(call, [...tools.values()]);
        return this.#keep(call, tools);
      }
    }
    throw new UpstreamError(`upstream ${call.upstream.name} lists too many tools`);
  }

  #keep(call: Call, tools: Listing["tools"]): Listing {
    const key = keyOf(call);
    const listing = { tools, readAt: this.#now(), upstream: call.upstream.name };
    this.#listings.delete(key);
    this.#listings.set(key, listing);
    const [oldest] = this.#listings.keys();
    if (this.#listings.size > maxListings && oldest !== undefined) this.#listings.delete(oldest);
    return listing;
  }

  async #askForPage(call: Call, cursor: string | undefined) {
    const meta = call.message.params?.["_meta"];
    const message = {
      jsonrpc: "2.0" as const,
      // The same id would make two requests of one session with one id under way.
      id: `mcpgw-list-${call.callId}-${cursor ?? ""}`,
      method: "tools/list",
      params: { ...withoutProgress(meta), ...(cursor !== undefined && { cursor }) },
    };
    const { "mcp-name": _, ...headers } = call.headers;
    const answer = await this.#forwarder.call(
      {
        ...call,
        message,
        // Others may share this reading: it does not end with the call that began it.
        signal: AbortSignal.timeout(call.upstream.timeoutMs),
        headers: call.era === "modern" ? { ...headers, "mcp-method": "tools/list" } : headers,
      },
      Buffer.from(JSON.stringify(message)),
      { onStream: () => {}, onEvent: async () => {} },
    );
    if (answer.via === "resumable-stream") {
      throw new UpstreamError(`upstream ${call.upstream.name} did not list its tools`);
    }
    return answer;
  }
}

/** An upstream may show other tools to other credentials, and behind a name there may be another one after a push. */
function keyOf(call: Call): string {
  const { name, target } = call.upstream;
  return JSON.stringify([name, target, credentialsKey(call.upstream, call)]);
}

function addTool(tools: Map<string, ToolDefinition>, tool: unknown): void {
  if (!isObject(tool) || typeof tool["name"] !== "string") return;
  tools.set(tool["name"], {
    name: tool["name"],
    inputSchema: tool["inputSchema"],
    listed: tool,
  });
}

/** Progress belongs to the call itself. */
function withoutProgress(meta: unknown): { readonly _meta?: unknown } {
  if (!isObject(meta)) return {};
  const { progressToken: _, ...rest } = meta;
  return Object.keys(rest).length > 0 ? { _meta: rest } : {};
}

function toolsResultIn(
  message: unknown,
): { readonly tools: readonly unknown[]; readonly nextCursor: string | undefined } | undefined {
  const result = isObject(message) ? message["result"] : undefined;
  if (!isObject(result) || !Array.isArray(result["tools"])) return undefined;
  const { tools, nextCursor } = result;
  return { tools, nextCursor: typeof nextCursor === "string" ? nextCursor : undefined };
}

/** The refusal of our listing, as the answer to the call that needed it. */
function addressedTo(id: RequestId, answer: Answer): Answer {
  if (answer.via === "resumable-stream" || !isObject(answer.message)) return answer;
  const message = { ...answer.message, id };
  const text = JSON.stringify(message);
  return answer.via === "json"
    ? { ...answer, message, body: Buffer.from(text) }
    : { ...answer, message, event: { ...answer.event, data: text } };
}
