import type { Answer } from "../../call/outcome.ts";
import type { UpstreamError } from "../upstream-error.ts";
import type { Refusal } from "./refusal.ts";

/** What exchanges between proxies are about when one holds a session with a server of HTTP+SSE. */
export const sseRelay = "sse-session";

/** Names the session. Nothing is sent to the server before its holder has said that it is there. */
export interface Opening {
  readonly session: string;
  readonly upstream: string;
  /** Where the policy of the asking proxy sends the upstream's agents. */
  readonly target: unknown;
}

/** Whether the session is there. */
export interface Found {
  readonly refusal: Refusal | undefined;
}

/** What the holder is asked to do with the session, in the name of a request that was decided on elsewhere. */
export type Errand =
  | { readonly kind: "call" | "deliver"; readonly headers: Headers; readonly body: string }
  | { readonly kind: "listen" | "end" };

type Headers = Readonly<Record<string, string>>;

/** What the holder says on the way, and at the end. */
export type Report =
  | { readonly kind: "stream" }
  | { readonly kind: "said"; readonly data: string }
  | { readonly kind: "answer"; readonly answer: WireAnswer }
  | { readonly kind: "delivered"; readonly refusal: Refusal | undefined }
  | { readonly kind: "failed"; readonly reason: string; readonly how: UpstreamError["kind"] };

type WireAnswer =
  | { readonly via: "stream"; readonly data: string }
  | { readonly via: "json"; readonly status: number; readonly data: string };

export function toWire(answer: Answer): WireAnswer {
  if (answer.via === "stream") return { via: "stream", data: answer.event.data ?? "" };
  if (answer.via === "json") {
    return { via: "json", status: answer.status, data: answer.body.toString("utf8") };
  }
  throw new Error("a server of HTTP+SSE has no streams that can be resumed");
}

export function fromWire(answer: WireAnswer): Answer {
  const { data } = answer;
  const message: unknown = JSON.parse(data);
  if (answer.via === "stream") return { via: "stream", event: { event: "message", data }, message };
  return { via: "json", status: answer.status, headers: {}, body: Buffer.from(data), message };
}
