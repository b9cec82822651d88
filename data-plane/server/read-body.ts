import type { IncomingMessage } from "node:http";

export type BodyResult =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly reason: "too-large" | "aborted" };

/** Reads a request's body up to the limit. What lies beyond it is not read. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<BodyResult> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBytes) return Promise.resolve({ ok: false, reason: "too-large" });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) {
        request.off("data", onData).pause();
        resolve({ ok: false, reason: "too-large" });
      } else chunks.push(chunk);
    };
    request.on("data", onData);
    request.once("end", () =>
      resolve({
        ok: true,
        body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
      }),
    );
    request.once("error", () => resolve({ ok: false, reason: "aborted" }));
    request.once("close", () => resolve({ ok: false, reason: "aborted" }));
  });
}
