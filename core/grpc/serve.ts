import type { DescMessage, DescMethod, DescService, MessageShape } from "@bufbuild/protobuf";
import {
  type Metadata,
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { RpcError, rpcCodes } from "./errors.ts";
import { type CallContext, type Handlers, toGrpcService } from "./service.ts";

/** Runs before each handler: returns when the caller may go on, throws an RpcError when not. */
export type Guard = (method: DescMethod, context: CallContext) => Promise<void> | void;

export interface GrpcServerOptions {
  /** Told every error that is not an {@link RpcError}: the caller only hears "internal error". */
  readonly onError: (error: unknown, method: string) => void;
  /** Without one, everybody may call everything. */
  readonly guard?: Guard;
}

/** Keepalive finds a hung peer within 15 s; the age makes proxies spread over replicas again. */
const serverSettings = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.max_connection_age_ms": 30 * 60_000,
  "grpc.max_connection_age_grace_ms": 10_000,
  "grpc.max_receive_message_length": 16 * 1024 * 1024,
  "grpc.max_send_message_length": 16 * 1024 * 1024,
};

type AnyHandler = (request: unknown, context: CallContext) => unknown;

/** Collects services and serves them over gRPC. */
export class GrpcServer {
  readonly #server = new Server(serverSettings);
  readonly #options: GrpcServerOptions;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
  }

  add<Service extends DescService>(service: Service, handlers: Handlers<Service>): this {
    const implementation: UntypedServiceImplementation = {};
    for (const method of service.methods) {
      const handler = handlers[method.localName as keyof typeof handlers] as AnyHandler;
      implementation[method.localName] = this.#adapt(method, handler.bind(handlers)) as never;
    }
    this.#server.addService(toGrpcService(service), implementation);
    return this;
  }

  /** Returns the bound port. Port 0 in the address picks a free one. */
  listen(address: string, credentials: ServerCredentials): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, port) =>
        error ? reject(new Error(`cannot listen on ${address}`, { cause: error })) : resolve(port),
      );
    });
  }

  /** Stops accepting calls and waits for open ones, but no longer than the grace period. */
  async close(graceMs = 1_000): Promise<void> {
    const force = setTimeout(() => this.#server.forceShutdown(), graceMs);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    clearTimeout(force);
  }

  #adapt(method: DescMethod, handler: AnyHandler) {
    const fail = (error: unknown) => this.#toStatus(error, method);
    const admit = async (context: CallContext) => this.#options.guard?.(method, context);

    if (method.methodKind === "unary") {
      return (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => {
        const context = contextOf(call);
        admit(context)
          .then(() => handler(call.request, context))
          .then((response) => answer(null, response))
          .catch((error) => answer(fail(error)));
      };
    }
    if (method.methodKind === "server_streaming") {
      return (call: ServerWritableStream<unknown, unknown>) => {
        const context = contextOf(call);
        admit(context)
          .then(() => pump(handler(call.request, context), call, context.signal))
          .catch((error) => refuse(call, fail(error)));
      };
    }
    return (call: ServerDuplexStream<MessageShape<DescMessage>, unknown>) => {
      const context = contextOf(call);
      admit(context)
        .then(() => pump(handler(call, context), call, context.signal))
        .catch((error) => refuse(call, fail(error)));
    };
  }

  #toStatus(error: unknown, method: DescMethod): Error & { code: number; details: string } {
    if (error instanceof RpcError) {
      return Object.assign(new Error(error.message), {
        code: rpcCodes[error.code],
        details: error.message,
      });
    }
    this.#options.onError(error, `${method.parent.typeName}/${method.name}`);
    return Object.assign(new Error("internal error"), {
      code: rpcCodes.internal,
      details: "the control plane failed; its log says why",
    });
  }
}

/** Writes what the handler yields, and waits where the peer reads slowly. */
async function pump(
  source: unknown,
  call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  signal: AbortSignal,
): Promise<void> {
  for await (const message of source as AsyncIterable<unknown>) {
    if (signal.aborted) return;
    if (!call.write(message)) await drained(call, signal);
  }
  call.end();
}

function drained(call: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    call.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}

function contextOf(
  call: NodeJS.EventEmitter & { metadata: Metadata; getPeer(): string },
): CallContext {
  const controller = new AbortController();
  call.on("cancelled", () => controller.abort());
  return { metadata: call.metadata, peer: call.getPeer(), signal: controller.signal };
}

/** Ends a stream with a status. Destroying it would end it without one: grpc-js sends the status while the stream finishes. */
function refuse(call: NodeJS.EventEmitter, error: Error): void {
  call.emit("error", error);
}
