import type { CallContext } from "../core/grpc/service.ts";

/** The token that the caller shows as `authorization: Bearer …`. */
export function bearerTokenOf(context: CallContext): string | undefined {
  const [header] = context.metadata.get("authorization");
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(String(header ?? ""))?.[1];
}

/** The caller's address without its port, which differs with each connection. */
export function clientAddressOf(context: CallContext): string {
  return context.peer.replace(/^ipv[46]:/, "").replace(/:\d+$/, "");
}
