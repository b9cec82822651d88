import { isDeepStrictEqual } from "node:util";
import type { DescMethod } from "@bufbuild/protobuf";
import type { RefusalLog } from "../../core/audit/refusal-log.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext } from "../../core/grpc/service.ts";
import { bearerTokenOf, clientAddressOf } from "../bearer-token.ts";
import { isRedisFailure, redisUnavailable } from "../redis-failure.ts";
import type { OperatorDirectory } from "./operator-directory.ts";
import type { Operator } from "./operator-store.ts";
import { allows, methodPath, roleOfMethod } from "./roles.ts";

/** Lets operators in, each to what the role allows. */
export class OperatorGate {
  readonly #directory: OperatorDirectory;
  readonly #refusals: RefusalLog;
  readonly #admitted = new WeakMap<CallContext, Operator>();

  constructor(options: { readonly directory: OperatorDirectory; readonly refusals: RefusalLog }) {
    this.#directory = options.directory;
    this.#refusals = options.refusals;
  }

  async admit(method: DescMethod, context: CallContext): Promise<void> {
    const operator = await this.#authenticate(context);
    const path = methodPath(method);
    const needed = roleOfMethod[path];
    if (!needed || !allows(operator.role, needed)) {
      this.#refuse(context, { reason: `role ${operator.role} may not call ${path}`, operator });
      throw new RpcError(
        "permission-denied",
        `${operator.name} has the role ${operator.role}; ${method.name} needs ${needed ?? "a role that no operator has"}`,
      );
    }
    this.#admitted.set(context, operator);
  }

  /** Whom {@link admit} has let in. */
  operatorOf(context: CallContext): Operator {
    const operator = this.#admitted.get(context);
    if (!operator) throw new Error("a handler of operators ran without the operators' gate");
    return operator;
  }

  /** Throws when the operator whom {@link admit} has let in was revoked since, or is not the same any more. */
  async assertStillAdmitted(context: CallContext): Promise<void> {
    const before = this.operatorOf(context);
    const now = await this.#authenticate(context);
    if (isDeepStrictEqual(now, before)) return;
    this.#refuse(context, { reason: "the operator's role or groups have changed", operator: now });
    throw new RpcError("unauthenticated", `the role or the groups of ${now.name} have changed`);
  }

  async #authenticate(context: CallContext): Promise<Operator> {
    const token = bearerTokenOf(context);
    if (token === undefined) {
      this.#refuse(context, { reason: "no operator token" });
      throw new RpcError(
        "unauthenticated",
        "an operator token is needed, as `authorization: Bearer …`",
      );
    }
    const operator = await this.#directory.authenticate(token).catch((error: unknown) => {
      throw isRedisFailure(error) ? redisUnavailable(error) : error;
    });
    if (operator) return operator;
    this.#refuse(context, { reason: "unknown operator token" });
    throw new RpcError("unauthenticated", "no operator has this token: it was revoked or mistyped");
  }

  #refuse(
    context: CallContext,
    { reason, operator }: { readonly reason: string; readonly operator?: Operator },
  ): void {
    this.#refusals.add({
      event: "login.refused",
      clientAddress: clientAddressOf(context),
      reason,
      ...(operator && { operator: operator.name }),
    });
  }
}
