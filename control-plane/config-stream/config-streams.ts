import { randomUUID } from "node:crypto";
import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext, Handlers } from "../../core/grpc/service.ts";
import type { Logger } from "../../core/service/log.ts";
import type {
  ConfigService,
  StreamConfigRequest,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { FleetStore } from "../fleet/fleet-store.ts";
import type { ConfigWatch } from "./config-watch.ts";
import { FleetMember } from "./fleet-member.ts";
import { parseHello } from "./parse-hello.ts";
import { ProxyStream, type StreamMessage } from "./proxy-stream.ts";
import { Wake } from "./wake.ts";

export interface ConfigStreamsOptions {
  readonly config: ConfigWatch;
  readonly fleet: FleetStore;
  /** Remembers the key of a proxy's audit checkpoints. */
  readonly pinAuditKey: (proxyId: string, publicKey: string) => Promise<void>;
  readonly log: Logger;
}

const helloWithinMs = 10_000;
const maxStreams = 5_000;

/** The streams of every proxy that this control plane serves. */
export class ConfigStreams {
  readonly #options: ConfigStreamsOptions;
  readonly #open = new Set<Wake>();
  #closed = false;

  constructor(options: ConfigStreamsOptions) {
    this.#options = options;
  }

  readonly handlers: Handlers<typeof ConfigService> = {
    streamConfig: (requests, context) => this.#serve(requests, context),
  };

  /** Ends every stream well: the proxies look for another control plane. */
  close(): void {
    this.#closed = true;
    for (const wake of this.#open) wake.end();
  }

  async *#serve(
    requests: AsyncIterable<StreamConfigRequest>,
    context: CallContext,
  ): AsyncGenerator<StreamMessage> {
    const { config, fleet, log } = this.#options;
    if (this.#closed) throw new RpcError("unavailable", "the control plane is stopping");
    if (this.#open.size >= maxStreams) {
      throw new RpcError(
        "resource-exhausted",
        `there are ${maxStreams} streams: add a control plane`,
      );
    }
    const wake = new Wake();
    this.#open.add(wake);
    let member: FleetMember | undefined;
    const stopListening = config.onChange(() => wake.now());
    try {
      const incoming = requests[Symbol.asyncIterator]();
      const first = await readFirst(incoming);
      const { takesChanges, ...introduction } = parseHello(first);
      const pin = this.#pinsOf(introduction.id);
      if (first) pin(first);
      member = await FleetMember.join({ fleet, log, introduction, streamId: randomUUID() });
      const stream = new ProxyStream(config, { takesChanges });
      void readReports(incoming, { stream, member, wake, pin });
      context.signal.addEventListener("abort", () => wake.end(), { once: true });
      yield* messagesOf(stream, wake);
    } finally {
      stopListening();
      this.#open.delete(wake);
      await member?.leave();
    }
  }

  /** Keeps each key that a proxy shows. One that cannot be kept now is shown again with its next sign of life. */
  #pinsOf(proxyId: string): (message: StreamConfigRequest) => void {
    const { pinAuditKey, log } = this.#options;
    let kept = "";
    return ({ event }) => {
      if (event.case !== "hello" && event.case !== "heartbeat") return;
      const { auditKey } = event.value;
      if (auditKey === "" || auditKey === kept) return;
      kept = auditKey;
      pinAuditKey(proxyId, auditKey).catch((error: unknown) => {
        kept = "";
        log.error(
          { err: error, proxy: proxyId },
          "the key of a proxy's audit checkpoints was not kept",
        );
      });
    };
  }
}

async function* messagesOf(stream: ProxyStream, wake: Wake): AsyncGenerator<StreamMessage> {
  while (!wake.ended) {
    const message = stream.next();
    if (message) yield message;
    else await wake.wait();
  }
}

async function readFirst(
  incoming: AsyncIterator<StreamConfigRequest>,
): Promise<StreamConfigRequest | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `no hello within ${helloWithinMs / 1_000} s`;
    timer = setTimeout(() => reject(new RpcError("deadline-exceeded", message)), helloWithinMs);
  });
  try {
    const { value, done } = await Promise.race([incoming.next(), late]);
    return done ? undefined : value;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads until the proxy leaves, and never rejects: a broken stream is a proxy that left. */
async function readReports(
  incoming: AsyncIterator<StreamConfigRequest>,
  parts: {
    readonly stream: ProxyStream;
    readonly member: FleetMember;
    readonly wake: Wake;
    readonly pin: (message: StreamConfigRequest) => void;
  },
): Promise<void> {
  const { stream, member, wake, pin } = parts;
  try {
    for (;;) {
      const { value, done } = await incoming.next();
      if (done) return;
      pin(value);
      member.report(stream.take(value));
      wake.now();
    }
  } catch {
    // The connection broke; the proxy connects again.
  } finally {
    wake.end();
  }
}
