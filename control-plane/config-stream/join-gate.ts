import type { RefusalLog } from "../../core/audit/refusal-log.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext } from "../../core/grpc/service.ts";
import { digestToken, equalDigests } from "../../core/secrets/tokens.ts";
import { bearerTokenOf, clientAddressOf } from "../bearer-token.ts";

/** Lets proxies in that show the join token. No operator's token opens it, and it opens nothing of theirs. */
export class JoinGate {
  readonly #digest: Buffer;
  readonly #refusals: RefusalLog;

  constructor(options: { readonly joinToken: string; readonly refusals: RefusalLog }) {
    this.#digest = digestToken(options.joinToken);
    this.#refusals = options.refusals;
  }

  admit(context: CallContext): void {
    const token = bearerTokenOf(context);
    if (token !== undefined && equalDigests(digestToken(token), this.#digest)) return;
    const reason = token === undefined ? "no join token" : "wrong join token";
    this.#refusals.add({ event: "login.refused", clientAddress: clientAddressOf(context), reason });
    throw new RpcError(
      "unauthenticated",
      `${reason}: start the proxy with the control plane's MCPGW_JOIN_TOKEN`,
    );
  }
}
