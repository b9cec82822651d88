import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { Metadata, MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

/** What a handler knows of its caller beside the message. */
export interface CallContext {
  readonly metadata: Metadata;
  readonly peer: string;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

/** A unary handler: takes a whole message, answers with a plain object or throws a {@link RpcError}. */
export type UnaryHandler<In extends DescMessage, Out extends DescMessage> = (
  request: MessageShape<In>,
  context: CallContext,
) => Promise<MessageInitShape<Out>>;

/** A server-streaming handler: yields plain objects until it is done or the caller leaves. */
export type StreamingHandler<In extends DescMessage, Out extends DescMessage> = (
  request: MessageShape<In>,
  context: CallContext,
) => AsyncIterable<MessageInitShape<Out>>;

/** A handler of a stream in both directions: reads messages, yields plain objects. */
export type BidiHandler<In extends DescMessage, Out extends DescMessage> = (
  requests: AsyncIterable<MessageShape<In>>,
  context: CallContext,
) => AsyncIterable<MessageInitShape<Out>>;

/** The handlers that a service needs, typed from its schema. */
export type Handlers<Service extends DescService> = {
  readonly [Name in keyof Service["method"]]: Handler<Service["method"][Name]>;
};

type Handler<Method> =
  Method extends DescMethodUnary<infer In, infer Out>
    ? UnaryHandler<In, Out>
    : Method extends DescMethodServerStreaming<infer In, infer Out>
      ? StreamingHandler<In, Out>
      : Method extends DescMethodBiDiStreaming<infer In, infer Out>
        ? BidiHandler<In, Out>
        : never;

/** Describes a Protobuf-ES service to @grpc/grpc-js, which knows nothing of Protobuf. */
export function toGrpcService(service: DescService): ServiceDefinition {
  return Object.fromEntries(
    service.methods.map((method) => [method.localName, toGrpcMethod(method)]),
  );
}

/** Describes one method: its path and how its messages become bytes. */
export function toGrpcMethod<In extends DescMessage, Out extends DescMessage>(
  method: DescMethod & { readonly input: In; readonly output: Out },
): MethodDefinition<MessageInitShape<In>, MessageShape<Out>> & {
  requestDeserialize: (bytes: Buffer) => MessageShape<In>;
  responseSerialize: (init: MessageInitShape<Out>) => Buffer;
} {
  const serialize =
    <Desc extends DescMessage>(schema: Desc) =>
    (init: MessageInitShape<Desc>) =>
      Buffer.from(toBinary(schema, create(schema, init)));

  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind.startsWith("client") || method.methodKind.startsWith("bidi"),
    responseStream: method.methodKind.startsWith("server") || method.methodKind.startsWith("bidi"),
    requestSerialize: serialize(method.input),
    requestDeserialize: (bytes: Buffer) => fromBinary(method.input, bytes),
    responseSerialize: serialize(method.output),
    responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
  } as never;
}
