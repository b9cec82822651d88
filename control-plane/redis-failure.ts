import { RpcError } from "../core/grpc/errors.ts";

type Unary = (request: never, context: never) => Promise<unknown>;

/** Handlers that answer UNAVAILABLE where Redis fails, instead of "internal error". */
export function translateRedisFailures<Handlers extends Readonly<Record<string, Unary>>>(
  handlers: Handlers,
): Handlers {
  const translated = Object.entries(handlers).map(([name, handler]) => [
    name,
    (request: never, context: never) =>
      handler(request, context).catch((error: unknown) => {
        throw isRedisFailure(error) ? redisUnavailable(error) : error;
      }),
  ]);
  return Object.fromEntries(translated) as Handlers;
}

/** Whether Redis could not answer; a wrong command of ours is not that. */
export function isRedisFailure(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error.name === "ReplyError")
    return /^(LOADING|READONLY|OOM|MISCONF|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)/.test(
      error.message,
    );
  return (
    error.name === "MaxRetriesPerRequestError" ||
    error.name === "AbortError" ||
    /^(Command timed out|Connection is closed|Stream isn't writeable|connect E|read E)/.test(
      error.message,
    )
  );
}

export function redisUnavailable(cause: Error): RpcError {
  return new RpcError(
    "unavailable",
    `Redis does not answer the control plane (${cause.message}); look whether a change was made before you repeat it`,
    { cause },
  );
}
