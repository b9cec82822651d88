import { status } from "@grpc/grpc-js";

/** The gRPC codes that the gateway uses, by the name an operator sees. */
export const rpcCodes = {
  "invalid-argument": status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  "permission-denied": status.PERMISSION_DENIED,
  "not-found": status.NOT_FOUND,
  "already-exists": status.ALREADY_EXISTS,
  "failed-precondition": status.FAILED_PRECONDITION,
  aborted: status.ABORTED,
  "resource-exhausted": status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  "deadline-exceeded": status.DEADLINE_EXCEEDED,
  internal: status.INTERNAL,
} as const;

export type RpcCode = keyof typeof rpcCodes;

/** An expected end of an RPC. Its message goes to the operator; its cause stays in the log. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: RpcCode;

  constructor(code: RpcCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The name of a numeric gRPC code; "internal" for those the gateway does not use. */
export function rpcCodeOf(code: number): RpcCode {
  const found = Object.entries(rpcCodes).find(([, value]) => value === code);
  return found ? (found[0] as RpcCode) : "internal";
}
