import { performance } from "node:perf_hooks";
import type { Logger } from "../../../core/service/log.ts";
import { release } from "../../../core/service/release.ts";
import { modernVersion } from "../../mcp/era.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import type { Launch, Launcher } from "./launcher.ts";
import { type Message, withSharedCapabilities } from "./rewrite.ts";
import { SharedServer } from "./shared-server.ts";

/** One server for those who may share it. */
export interface PooledServer {
  readonly server: SharedServer;
  readonly greeting: Promise<Message>;
}

export interface ServerPoolOptions {
  readonly launcher: Launcher;
  readonly startWithinMs: number;
  readonly log: Logger;
}

/** For whom a shared server is, and what its clients said of themselves. */
export interface Handshake {
  readonly protocolVersion: unknown;
  readonly capabilities: unknown;
  readonly params: Message;
}

const clientInfo = { name: "mcp-gateway", version: release };
/** What an agent may ask of a server for all: each is a process. */
const legacyVersions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
/** A server that does not know a method need not answer: that is no reason to wait long. */
const discoverWithinMs = 10_000;
/** A server may be another one after its next installation. */
const legacyForMs = 600_000;

/** The servers that serve more than one session. */
export class ServerPool {
  readonly #options: ServerPoolOptions;
  readonly #servers = new Map<string, PooledServer & { readonly launch: Launch }>();
  /** When it showed that it does not speak MCP 2026-07-28, by upstream. */
  readonly #legacySince = new Map<string, number>();

  constructor(options: ServerPoolOptions) {
    this.#options = options;
  }

  get servers(): readonly SharedServer[] {
    return [...this.#servers.values()].map(({ server }) => server);
  }

  /** The server of this handshake, if it runs. */
  find(launch: Launch, handshake: Handshake | "modern"): PooledServer | undefined {
    const found = this.#servers.get(keyOf(launch, handshake));
    return found?.server.isEnding ? undefined : found;
  }

  isLegacy({ upstream }: Launch): boolean {
    const since = this.#legacySince.get(upstream);
    return since !== undefined && performance.now() - since < legacyForMs;
  }

  /** Starts the server of this handshake. Throws an UpstreamError when a secret of it is not there. */
  start(launch: Launch, handshake: Handshake | "modern"): PooledServer {
    const key = keyOf(launch, handshake);
    const server = new SharedServer({
      upstream: launch.upstream,
      agent: launch.agent,
      launch: (handlers) => this.#options.launcher.launch(launch, handlers),
      log: launch.log,
      onEnd: () => {
        if (this.#servers.get(key)?.server === server) this.#servers.delete(key);
      },
    });
    const greeting =
      handshake === "modern"
        ? this.#discover(server, launch)
        : this.#initialize(server, launch, handshake);
    // Whoever waits for it hears of it; it must not end the process when nobody does any more.
    greeting.catch(() => {});
    const pooled = { server, greeting, launch };
    this.#servers.set(key, pooled);
    return pooled;
  }

  /** Ends the servers of upstreams that are no longer served so. */
  async endWhere(matches: (upstream: string) => boolean, reason: string): Promise<void> {
    for (const upstream of this.#legacySince.keys()) {
      if (matches(upstream)) this.#legacySince.delete(upstream);
    }
    const concerned = [...this.#servers.values()].filter(({ launch }) => matches(launch.upstream));
    await Promise.all(concerned.map(({ server }) => server.end(reason)));
  }

  async #initialize(server: SharedServer, launch: Launch, handshake: Handshake): Promise<Message> {
    const params = launch.agent === undefined ? sharedParams(handshake) : handshake.params;
    const answer = await within(this.#options.startWithinMs, "initialize", server, params);
    if ("error" in answer) {
      void server.end("refused to initialize");
      return answer;
    }
    server.tell("notifications/initialized");
    return launch.agent === undefined ? withSharedCapabilities(answer) : answer;
  }

  /** Resolves when the server speaks MCP 2026-07-28; rejects when it does not. */
  async #discover(server: SharedServer, { upstream }: Launch): Promise<Message> {
    const meta = {
      "io.modelcontextprotocol/protocolVersion": modernVersion,
      "io.modelcontextprotocol/clientCapabilities": {},
      "io.modelcontextprotocol/clientInfo": clientInfo,
    };
    const params = { _meta: meta };
    const waitMs = Math.min(discoverWithinMs, this.#options.startWithinMs);
    const answer = await within(waitMs, "server/discover", server, params).catch(() => undefined);
    const versions = isObject(answer?.["result"]) ? answer["result"]["supportedVersions"] : [];
    if (answer && Array.isArray(versions) && versions.includes(modernVersion)) return answer;
    this.#legacySince.set(upstream, performance.now());
    void server.end(`does not speak MCP ${modernVersion}`);
    throw new Error(`the server ${upstream} does not speak MCP ${modernVersion}`);
  }
}

/** Sessions that said the same of themselves get the same answer; others have a server of their own. */
function keyOf({ upstream, agent }: Launch, handshake: Handshake | "modern"): string {
  if (handshake === "modern") return JSON.stringify([upstream, agent]);
  const { protocolVersion, capabilities } = handshake;
  return agent === undefined
    ? JSON.stringify([upstream, null, sharedVersion(protocolVersion)])
    : JSON.stringify([upstream, agent, protocolVersion, capabilities]);
}

export function handshakeOf(params: Message | undefined): Handshake {
  return {
    protocolVersion: params?.["protocolVersion"],
    capabilities: params?.["capabilities"],
    params: params ?? {},
  };
}

/** Nobody's own: what one agent says of itself is nothing to others. */
function sharedParams({ protocolVersion }: Handshake): Message {
  return { protocolVersion: sharedVersion(protocolVersion), capabilities: {}, clientInfo };
}

function sharedVersion(wanted: unknown): string {
  return legacyVersions.find((known) => known === wanted) ?? "2025-11-25";
}

async function within(
  waitMs: number,
  method: string,
  server: SharedServer,
  params: Message,
): Promise<Message> {
  const reason = `did not answer ${method} within ${waitMs} ms`;
  const timer = setTimeout(() => void server.end(reason), waitMs);
  try {
    return await server.ask(method, params);
  } finally {
    clearTimeout(timer);
  }
}
