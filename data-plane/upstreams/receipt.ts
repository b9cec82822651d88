import type { SseEvent } from "../mcp/sse.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamResponse } from "./upstream-pool.ts";

/** The outcome of a request that carries no question: a notification, an answer, the end of a session. */
export interface Receipt {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

/** A stream of what the upstream says on its own. */
export interface ServerStream {
  readonly headers: Readonly<Record<string, string>>;
  readonly events: AsyncIterable<{ readonly event: SseEvent; readonly message: unknown }>;
}

const maxReceiptBytes = 64 * 1024;

/** Whether the upstream answered at once instead of opening a stream. */
export function isReceipt(value: ServerStream | Receipt): value is Receipt {
  return "status" in value;
}

/** Reads the little that a receipt holds. */
export async function readReceipt(response: UpstreamResponse): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += (chunk as Buffer).length;
    if (length > maxReceiptBytes) throw new UpstreamError("the upstream said too much");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
