import type {
  DescMessage,
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { RpcError, rpcCodeOf } from "./errors.ts";
import { toGrpcMethod } from "./service.ts";

export interface GrpcClientOptions {
  /** "host:port". */
  readonly address: string;
  /** Sent as `authorization: Bearer …` with every call. */
  readonly token?: string;
  /** Default: without TLS. */
  readonly channelCredentials?: ChannelCredentials;
}

/**
 * A hung control plane is noticed after 15 s and a returned one within 5 s:
 * grpc-js by itself never notices the first and waits up to 120 s for the second.
 */
const channelSettings = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.initial_reconnect_backoff_ms": 250,
  "grpc.max_reconnect_backoff_ms": 5_000,
  "grpc.max_receive_message_length": 16 * 1024 * 1024,
  "grpc.max_send_message_length": 16 * 1024 * 1024,
};

/** Calls Protobuf-ES services over @grpc/grpc-js. Every failure is an {@link RpcError}. */
export class GrpcClient {
  readonly #client: Client;
  readonly #token: string | undefined;

  constructor(options: GrpcClientOptions) {
    const channelCredentials = options.channelCredentials ?? credentials.createInsecure();
    this.#client = new Client(options.address, channelCredentials, channelSettings);
    this.#token = options.token;
  }

  /** Calls a unary method. Rejects with "deadline-exceeded" after `deadlineMs`. */
  call<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodUnary<In, Out>,
    request: MessageInitShape<In>,
    deadlineMs = 10_000,
  ): Promise<MessageShape<Out>> {
    const { path, requestSerialize, responseDeserialize } = toGrpcMethod<In, Out>(method);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata(),
        { deadline: Date.now() + deadlineMs },
        (error, response) =>
          error ? reject(toRpcError(error)) : resolve(response as MessageShape<Out>),
      );
    });
  }

  /** Reads a server stream until it ends or the signal aborts. */
  async *read<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodServerStreaming<In, Out>,
    request: MessageInitShape<In>,
    signal?: AbortSignal,
  ): AsyncGenerator<MessageShape<Out>> {
    const { path, requestSerialize, responseDeserialize } = toGrpcMethod<In, Out>(method);
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#metadata(),
    );
    const cancel = () => stream.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      for await (const message of stream) yield message as MessageShape<Out>;
    } catch (error) {
      if (!signal?.aborted) throw toRpcError(error as ServiceError);
    } finally {
      signal?.removeEventListener("abort", cancel);
      stream.cancel();
    }
  }

  /** Opens a stream in both directions that writes plain objects and reads whole messages. */
  open<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodBiDiStreaming<In, Out>,
  ): ClientDuplexStream<MessageInitShape<In>, MessageShape<Out>> {
    const { path, requestSerialize, responseDeserialize } = toGrpcMethod<In, Out>(method);
    return this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      this.#metadata(),
    );
  }

  close(): void {
    this.#client.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    if (this.#token !== undefined) metadata.set("authorization", `Bearer ${this.#token}`);
    return metadata;
  }
}

/** Turns what grpc-js throws into the one error that callers handle. */
export function toRpcError(error: ServiceError): RpcError {
  return new RpcError(rpcCodeOf(error.code), error.details || error.message, { cause: error });
}
