import { randomUUID } from "node:crypto";
import type { AgentRequest, Call } from "../../call/agent-request.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { isObject, jsonRpcCodes } from "../../mcp/json-rpc.ts";
import type { Receipt, ServerStream } from "../../upstreams/receipt.ts";
import { patienceMs } from "./greeter.ts";
import { headersOn, withoutMcpHeaders } from "./headers.ts";
import type { Way } from "./way.ts";

/** What the gateway says to one upstream on its own account, in a session of an agent. */
export class OwnWords {
  readonly #request: AgentRequest;
  readonly #gateway: Gateway;

  constructor(request: AgentRequest, gateway: Gateway) {
    this.#request = request;
    this.#gateway = gateway;
  }

  async initialized(way: Way): Promise<void> {
    await this.#tell(way, { jsonrpc: "2.0", method: "notifications/initialized" });
  }

  async cancel(way: Way, { message }: Call): Promise<void> {
    const params = { requestId: message.id, reason: "the agent no longer waits" };
    await this.#tell(way, { jsonrpc: "2.0", method: "notifications/cancelled", params });
  }

  /** Answers a request of the upstream that the agent cannot be given. */
  async refuse(way: Way, message: unknown): Promise<void> {
    if (!isObject(message) || message["id"] === undefined) return;
    const error = {
      code: jsonRpcCodes.methodNotFound,
      message: "the client cannot be asked: it speaks MCP 2026-07-28, without server requests",
    };
    await this.#tell(way, { jsonrpc: "2.0", id: message["id"], error });
  }

  /** Asks for something that has no answer but that it is done. Resolves to whether it is. */
  async ask(way: Way, method: string, params: Readonly<Record<string, unknown>>): Promise<boolean> {
    const message = { jsonrpc: "2.0" as const, id: `mcpgw-${randomUUID()}`, method, params };
    const call: Call = {
      ...this.#request,
      httpMethod: "POST",
      era: "legacy",
      message,
      body: Buffer.from(JSON.stringify(message)),
      subject: { kind: "method", name: method },
      headers: this.#headersOn(way),
      signal: AbortSignal.timeout(patienceMs(this.#request.upstream)),
    };
    const listener = {
      onStream: () => {},
      onEvent: (_: unknown, said: unknown) => this.refuse(way, said),
    };
    try {
      const answer = await this.#gateway.forwarder.call(call, call.body, listener);
      if (answer.via === "resumable-stream" || !isObject(answer.message)) return false;
      return isObject(answer.message["result"]);
    } catch (cause) {
      this.#gateway.log.warn({ err: cause, callId: call.callId }, "an upstream did not answer");
      return false;
    }
  }

  /** Opens the stream of what the upstream says on its own, until a signal aborts. */
  async listen(way: Way, until: AbortSignal): Promise<ServerStream | Receipt> {
    const headers = { ...this.#headersOn(way), accept: "text/event-stream" };
    const signal = AbortSignal.any([this.#request.signal, until]);
    const request = { ...this.#request, httpMethod: "GET" as const, headers, signal };
    return await this.#gateway.forwarder.openStream(request);
  }

  /** Ends a session that nobody else uses. */
  async end(way: Way): Promise<void> {
    await this.#deliver(way, "DELETE");
  }

  async #tell(way: Way, message: object): Promise<void> {
    await this.#deliver(way, "POST", Buffer.from(JSON.stringify(message)));
  }

  async #deliver(way: Way, httpMethod: "POST" | "DELETE", body?: Buffer): Promise<void> {
    const { gateway, request } = { gateway: this.#gateway, request: this.#request };
    const headers = this.#headersOn(way);
    try {
      await gateway.forwarder.deliver({ ...request, httpMethod, headers }, body);
    } catch (cause) {
      gateway.log.warn({ err: cause, callId: request.callId }, "an upstream was not told");
    }
  }

  #headersOn(way: Way): Readonly<Record<string, string>> {
    return {
      ...headersOn(way, withoutMcpHeaders(this.#request.headers)),
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
  }
}
