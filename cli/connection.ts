import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { type ServiceError, status } from "@grpc/grpc-js";
import { GrpcClient } from "../core/grpc/client.ts";
import { RpcError } from "../core/grpc/errors.ts";
import { escapeControls } from "../core/text/escape-controls.ts";
import { formatDurationMs } from "./duration.ts";
import { failed, unreachable } from "./errors.ts";
import type { GlobalArguments } from "./global-options.ts";
import { note } from "./output.ts";
import { findTarget, type Target } from "./target.ts";

const defaultDeadlineMs = 10_000;

/** The control plane, as a command sees it. Every failure is a {@link CliError}. */
export class Connection {
  readonly #client: GrpcClient;
  readonly #target: Target;
  readonly #deadlineMs: number;

  constructor(target: Target, deadlineMs = defaultDeadlineMs) {
    const { server, token } = target;
    this.#client = new GrpcClient({ address: server, ...(token !== undefined && { token }) });
    this.#target = target;
    this.#deadlineMs = deadlineMs;
  }

  async call<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodUnary<In, Out>,
    request: MessageInitShape<In>,
    deadlineMs = this.#deadlineMs,
  ): Promise<MessageShape<Out>> {
    try {
      return await this.#client.call(method, request, deadlineMs);
    } catch (error) {
      throw this.#explain(error, deadlineMs);
    }
  }

  async *read<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodServerStreaming<In, Out>,
    request: MessageInitShape<In>,
    signal: AbortSignal,
  ): AsyncGenerator<MessageShape<Out>> {
    try {
      yield* this.#client.read(method, request, signal);
    } catch (error) {
      throw this.#explain(error, this.#deadlineMs);
    }
  }

  close(): void {
    this.#client.close();
  }

  #explain(error: unknown, deadlineMs: number): unknown {
    if (!(error instanceof RpcError)) return error;
    const { server, token, withoutToken } = this.#target;
    const words = escapeControls(error.message);
    const options = { cause: error };
    if (error.code === "unavailable" && isAnswer(error)) {
      return unreachable(`the control plane at ${server} cannot do this now: ${words}`, options);
    }
    if (error.code === "unavailable" || isCutOff(error)) {
      const message =
        `cannot reach the control plane at ${server} (${whyUnreachable(words)}).\n` +
        "Is it running? `mcpctl up` starts one here; `--server` names another.";
      return unreachable(message, options);
    }
    if (error.code === "deadline-exceeded") {
      const message =
        `the control plane at ${server} did not answer within ${formatDurationMs(deadlineMs)}.\n` +
        "Is this its address? `--timeout` waits longer.";
      return unreachable(message, options);
    }
    if (error.code === "unauthenticated") {
      const next = "Is the token revoked, or one for another control plane?";
      const message = `the control plane at ${server} does not know you: ${words}.`;
      return unreachable(`${message}\n${token === undefined ? withoutToken : next}`, options);
    }
    return failed(`the control plane at ${server} refuses: ${words}`, options);
  }
}

/** Runs a command's part that needs the control plane. */
export async function withConnection<Result>(
  args: GlobalArguments,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const target = await findTarget(args);
  if (target.token === undefined) note(`note: ${target.withoutToken}`);
  const connection = new Connection(target, args.timeout);
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
}

/** A control plane that shuts down cancels its calls. We ourselves leave without an error. */
function isCutOff({ cause }: RpcError): boolean {
  return (cause as Partial<ServiceError> | undefined)?.code === status.CANCELLED;
}

/** What grpc-js says where no control plane has spoken. */
const wordsOfTransport =
  /^(No connection established|Name resolution failed|Received (HTTP status|RST_STREAM)|Connection dropped|Stream refused|Channel closed|(connect|read|write) E)/;

/** Whether the control plane itself says so. Its answer has headers of gRPC, unless they came with an earlier message. */
function isAnswer({ message, cause }: RpcError): boolean {
  const [type] = (cause as Partial<ServiceError> | undefined)?.metadata?.get("content-type") ?? [];
  return String(type ?? "").startsWith("application/grpc") || !wordsOfTransport.test(message);
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "connection refused"],
  [/ENOTFOUND|Name resolution failed/, "no such host"],
  [/EAI_AGAIN/, "the host's name cannot be looked up now"],
  [/ETIMEDOUT/, "connection timed out"],
  [/EHOSTUNREACH|ENETUNREACH/, "no route to the host"],
  [/ECONNRESET|Connection dropped|Call cancelled/, "connection lost"],
];

function whyUnreachable(details: string): string {
  return reasons.find(([pattern]) => pattern.test(details))?.[1] ?? details;
}
