import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Handlers } from "../../core/grpc/service.ts";
import { createToken, digestToken } from "../../core/secrets/tokens.ts";
import type {
  CreateOperatorRequest,
  OperatorRecordSchema,
  OperatorService,
} from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import type { ActRecorder } from "../audit/act-recorder.ts";
import { assertName, parseGroups } from "../names.ts";
import type { OperatorDirectory } from "./operator-directory.ts";
import type { OperatorGate } from "./operator-gate.ts";
import type { Operator, OperatorStore, RevokeOperatorResult } from "./operator-store.ts";
import { parseRole, toRole } from "./roles.ts";

export interface OperatorServiceOptions {
  readonly store: OperatorStore;
  readonly directory: OperatorDirectory;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
}

/** Serves the table of operators. */
export function createOperatorService(
  options: OperatorServiceOptions,
): Handlers<typeof OperatorService> {
  const { store, directory, operators, acts } = options;
  return {
    async createOperator(request, context) {
      const token = createToken("operator-token");
      const operator: Operator = {
        ...parseOperator(request),
        createdAtMs: Date.now(),
        createdBy: operators.operatorOf(context).name,
        tokenDigest: digestToken(token).toString("hex"),
      };
      const { name, role, groups } = operator;
      const entry = { details: { operator: name, role, groups: groups.join(",") } };
      const act = { event: "operator.created", operator: operator.createdBy, context, entry };
      await acts.perform(act, async () => {
        await assertIsNobodyElse(name, store);
        if (await store.create(operator)) return { value: operator };
        throw new RpcError("already-exists", `there is an operator ${name} already`);
      });
      directory.forget();
      return { operator: toMessage(operator), token };
    },

    async listOperators() {
      return { operators: (await store.list()).map(toMessage) };
    },

    async whoAmI(_request, context) {
      return { operator: toMessage(operators.operatorOf(context)) };
    },

    async revokeOperator({ name }, context) {
      const by = operators.operatorOf(context).name;
      const entry = { details: { operator: name } };
      const act = { event: "operator.revoked", operator: by, context, entry };
      const revoked = await acts.perform(act, async () => {
        const result = await store.revoke(name);
        if (result.kind !== "revoked") throw refusalOf(name, result);
        return { value: result.operator };
      });
      directory.forget();
      return { operator: toMessage(revoked) };
    },
  };
}

/** People do not tell Olga from olga, and a quorum of both would be one of one. */
async function assertIsNobodyElse(name: string, store: OperatorStore): Promise<void> {
  const isSame = (other: Operator) => other.name.toLowerCase() === name.toLowerCase();
  const found = (await store.list()).find(isSame);
  if (!found) return;
  throw new RpcError("already-exists", `there is an operator ${found.name} already`);
}

function parseOperator({ name, role, groups }: CreateOperatorRequest) {
  assertName("the name of an operator", name);
  const parsed = parseRole(role);
  if (parsed) return { name, role: parsed, groups: parseGroups(groups) };
  throw new RpcError(
    "invalid-argument",
    `operator ${name} needs a role: viewer, approver, policy-admin or admin`,
  );
}

function refusalOf(name: string, result: RevokeOperatorResult): RpcError {
  if (result.kind === "missing") return new RpcError("not-found", `there is no operator ${name}`);
  return new RpcError(
    "failed-precondition",
    `${name} is the last admin: create another before you revoke this one`,
  );
}

function toMessage(operator: Operator): MessageInitShape<typeof OperatorRecordSchema> {
  const { name, groups, role, createdAtMs, createdBy } = operator;
  return {
    name,
    groups: [...groups],
    role: toRole(role),
    createdAt: timestampFromMs(createdAtMs),
    createdBy,
  };
}
