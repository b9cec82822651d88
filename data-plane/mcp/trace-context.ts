import { randomBytes } from "node:crypto";
import { isObject } from "./json-rpc.ts";

/** Where a request stands in a trace (W3C Trace Context §3.2). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Of the span that asked: 16 hexadecimal digits. */
  readonly spanId: string;
}

const pattern =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;

/** The trace that a request names: in `_meta`, as MCP does where one connection carries many requests, or in its header. */
export function findTrace(
  headers: Readonly<Record<string, string>>,
  params: unknown,
): TraceContext | undefined {
  const meta = isObject(params) && isObject(params["_meta"]) ? params["_meta"] : {};
  for (const traceparent of [meta["traceparent"], headers["traceparent"]]) {
    const [, traceId, spanId] = pattern.exec(String(traceparent ?? "")) ?? [];
    if (traceId !== undefined && spanId !== undefined) return { traceId, spanId };
  }
  return undefined;
}

/** A new trace for a request that names none, as a header for whoever is asked next. */
export function beginTrace(): { readonly traceId: string; readonly traceparent: string } {
  const traceId = randomBytes(16).toString("hex");
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-01` };
}
