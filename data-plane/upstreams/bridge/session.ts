import type { JsonRpcMessage, JsonRpcRequest } from "../../mcp/json-rpc.ts";
import type { ClientStream } from "./client-stream.ts";

/** One MCP session of one agent, whoever else its server serves. */
export interface Session {
  readonly id: string;
  readonly upstream: string;
  readonly agent: string;
  /** From then on nobody may use it. */
  readonly isEnding: boolean;
  readonly openRequests: number;
  /** Since it was used last. */
  readonly unusedMs: number;
  /** 0 while somebody waits or listens. */
  readonly idleMs: number;
  /** Of the process that is its own. */
  readonly pid: number | undefined;
  /** Passes on the request that opens it. */
  start(request: JsonRpcRequest, line: string, stream: ClientStream): void;
  /** Passes a request on; its answer, and what belongs to it, goes to the stream. */
  request(request: JsonRpcRequest, line: string, stream: ClientStream): void;
  /** Passes on a notification or an answer. False when the server does not take it. */
  deliver(message: JsonRpcMessage, line: string): boolean;
  /** Sends what the server says on its own to this stream. False when there is one already. */
  listen(stream: ClientStream): boolean;
  /** Open requests get an error that says why. */
  end(reason: string): Promise<void>;
}
