import type { Duplex } from "node:stream";

/** The answers that Node gives when nobody listens, and what they are for. */
const refusals: Readonly<Record<string, readonly [status: string, reason: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "its headers are too large"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ["413 Payload Too Large", "its chunk extensions are too large"],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "it did not come in time"],
};
/** Those left, and nothing was refused. */
const departures = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "HPE_INVALID_EOF_STATE"]);

/** A connection that ended before it had brought a whole request. */
export interface BrokenConnection {
  readonly clientAddress: string;
  readonly reason: string;
}

/** Answers and ends a connection that brought no whole request, and tells why. */
export function refuse(broken: {
  readonly error: NodeJS.ErrnoException;
  readonly socket: Duplex & { readonly remoteAddress?: string | undefined };
  readonly isTls: boolean;
  /** Whether the connection carries an answer now, which another one would garble. */
  readonly isAnswering: boolean;
  readonly onBroken: (who: BrokenConnection) => void;
}): void {
  const { error, socket, isTls, isAnswering, onBroken } = broken;
  const { code = "" } = error;
  const [status, why] = refusals[code] ?? ["400 Bad Request", "it is no HTTP request"];
  const isHttp = code.startsWith("HPE_") || code === "ERR_HTTP_REQUEST_TIMEOUT";
  const clientAddress = socket.remoteAddress ?? "";
  const reason = isTls && !isHttp ? "TLS was not agreed on" : why;
  if (!departures.has(code)) onBroken({ clientAddress, reason });
  if (!socket.writable || !isHttp || isAnswering) {
    socket.destroy();
    return;
  }
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`, () => socket.destroy());
}
