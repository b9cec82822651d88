import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { frameSyslog, toSyslog } from "../../../core/audit/formats/to-syslog.ts";
import { type OutgoingRecord, type RefusedRecord, type Sink, SinkFailure } from "./sink.ts";

export interface SyslogSinkOptions {
  readonly host: string;
  readonly port: number;
  /** Undefined: plain TCP (RFC 6587). Else TLS (RFC 5425). */
  readonly tls: ConnectionOptions | undefined;
  /** What messages call this machine. */
  readonly origin: string;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;
/** More than the buffers of both ends usually hold. */
const maxResentBytes = 8 * 1_024 * 1_024;
const resentForMs = 60_000;

/**
 * Sends syslog messages over a connection that stays open. The protocol has no acknowledgement: a record counts as taken when the system has
 * its bytes. When a connection breaks, what was sent over it in the last minute is sent again first: receivers see repeats rather than holes.
 */
export class SyslogSink implements Sink {
  readonly name: string;
  readonly #options: SyslogSinkOptions;
  #socket: Socket | undefined;
  #recent: { readonly bytes: Buffer; readonly atMs: number }[] = [];

  constructor(options: SyslogSinkOptions) {
    this.#options = options;
    this.name = `syslog ${options.tls ? "tls" : "tcp"}://${options.host}:${options.port}`;
  }

  async send(records: readonly OutgoingRecord[]): Promise<readonly RefusedRecord[]> {
    const { origin } = this.#options;
    const frames = records.map(({ record, line }) => frameSyslog(toSyslog(record, line, origin)));
    const bytes = Buffer.concat(frames);
    try {
      const socket = await this.#connected();
      await this.#write(socket, bytes);
    } catch (cause) {
      this.#socket?.destroy();
      const { code, message } = cause as { code?: string; message?: string };
      throw new SinkFailure(`${this.name} takes nothing (${code ?? message})`, {
        kind: "away",
        cause,
      });
    }
    this.#remember(bytes);
    return [];
  }

  /** Waits until the receiver has closed, too: then it has read everything. */
  async close(): Promise<void> {
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), 2_000);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      socket.end();
    });
  }

  async #connected(): Promise<Socket> {
    if (this.#socket && !this.#socket.destroyed && this.#socket.writable) return this.#socket;
    const broke = this.#socket !== undefined;
    this.#socket = await this.#connect();
    if (broke) {
      const since = performance.now() - resentForMs;
      const again = this.#recent.filter(({ atMs }) => atMs > since);
      await this.#write(this.#socket, Buffer.concat(again.map(({ bytes }) => bytes)));
    }
    return this.#socket;
  }

  #connect(): Promise<Socket> {
    const { host, port, tls, timeoutMs = defaultTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = tls
        ? connectTls({ servername: host, ...tls, host, port }, () => resolve(socket))
        : connectTcp({ host, port }, () => resolve(socket));
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 10_000);
      socket.setTimeout(timeoutMs, () => {
        if (socket.connecting) socket.destroy(new Error("no connection in time"));
      });
      socket.once("error", reject);
      // A receiver has nothing to say; when it closes, its end shows at the next write.
      socket.on("error", () => socket.destroy());
      socket.on("end", () => socket.destroy());
      socket.resume();
    });
  }

  #write(socket: Socket, bytes: Buffer): Promise<void> {
    const { timeoutMs = defaultTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const late = () => socket.destroy(new Error("the receiver does not read"));
      const timer = setTimeout(late, timeoutMs);
      const closed = () => done(new Error("the connection was closed"));
      const done = (error?: Error | null) => {
        clearTimeout(timer);
        socket.off("close", closed);
        if (error) reject(error);
        else resolve();
      };
      socket.once("close", closed);
      socket.write(bytes, done);
    });
  }

  #remember(bytes: Buffer): void {
    this.#recent.push({ bytes, atMs: performance.now() });
    const since = performance.now() - resentForMs;
    let total = this.#recent.reduce((sum, it) => sum + it.bytes.length, 0);
    while (this.#recent.length > 1) {
      const [oldest] = this.#recent;
      if (!oldest || (oldest.atMs > since && total <= maxResentBytes)) break;
      total -= oldest.bytes.length;
      this.#recent.shift();
    }
  }
}
