import type { DescMethod } from "@bufbuild/protobuf";
import { Role } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";

export type RoleName = "viewer" | "approver" | "policy-admin" | "admin";

/** What each method of the operators' services needs. A method that is not here is refused. */
export const roleOfMethod: Readonly<Record<string, RoleName>> = {
  "mcpgateway.v1.PolicyService/ValidatePolicy": "viewer",
  "mcpgateway.v1.PolicyService/PushPolicy": "policy-admin",
  "mcpgateway.v1.PolicyService/GetPolicy": "viewer",
  "mcpgateway.v1.PolicyService/ListPolicyVersions": "viewer",
  "mcpgateway.v1.ApprovalService/ListApprovals": "viewer",
  "mcpgateway.v1.ApprovalService/GetApproval": "viewer",
  "mcpgateway.v1.ApprovalService/DecideApproval": "approver",
  "mcpgateway.v1.ApprovalService/RevokeApproval": "approver",
  "mcpgateway.v1.ApprovalService/ReviewApproval": "approver",
  "mcpgateway.v1.AgentService/CreateAgent": "admin",
  "mcpgateway.v1.AgentService/ListAgents": "viewer",
  "mcpgateway.v1.AgentService/RevokeAgent": "admin",
  "mcpgateway.v1.AgentService/RotateAgentKey": "admin",
  "mcpgateway.v1.OperatorService/CreateOperator": "admin",
  "mcpgateway.v1.OperatorService/ListOperators": "viewer",
  "mcpgateway.v1.OperatorService/WhoAmI": "viewer",
  "mcpgateway.v1.OperatorService/RevokeOperator": "admin",
  "mcpgateway.v1.AuditService/TailAudit": "viewer",
  "mcpgateway.v1.AuditService/QueryAudit": "viewer",
  "mcpgateway.v1.AuditService/CountCalls": "viewer",
  "mcpgateway.v1.AuditService/ExportAudit": "viewer",
  "mcpgateway.v1.AuditService/ListAuditKeys": "viewer",
  "mcpgateway.v1.AuditService/FindOrphans": "viewer",
  "mcpgateway.v1.ExportService/ListDeadLetters": "viewer",
  "mcpgateway.v1.ExportService/RetryDeadLetters": "admin",
  "mcpgateway.v1.ExportService/DropDeadLetters": "admin",
  "mcpgateway.v1.FleetService/ListProxies": "viewer",
  "mcpgateway.v1.LimitService/ListLimits": "viewer",
  "mcpgateway.v1.LimitService/ResetLimits": "policy-admin",
  "mcpgateway.v1.FreezeService/Freeze": "policy-admin",
  "mcpgateway.v1.FreezeService/Unfreeze": "policy-admin",
  "mcpgateway.v1.FreezeService/ListFreezes": "viewer",
  "mcpgateway.v1.ToolService/ListTools": "viewer",
  "mcpgateway.v1.ToolService/GetTool": "viewer",
  "mcpgateway.v1.ToolService/DecideTools": "policy-admin",
};

/** As {@link roleOfMethod} names it. */
export function methodPath(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** Whether a holder of `role` may do what needs `needed`. */
export function allows(role: RoleName, needed: RoleName): boolean {
  return role === "admin" || role === needed || needed === "viewer";
}

/** Undefined for a role that this release does not know: it must not become some other. */
export function parseRole(role: Role): RoleName | undefined {
  const names: Partial<Record<Role, RoleName>> = {
    [Role.VIEWER]: "viewer",
    [Role.APPROVER]: "approver",
    [Role.POLICY_ADMIN]: "policy-admin",
    [Role.ADMIN]: "admin",
  };
  return names[role];
}

export function toRole(name: RoleName): Role {
  const roles: Record<RoleName, Role> = {
    viewer: Role.VIEWER,
    approver: Role.APPROVER,
    "policy-admin": Role.POLICY_ADMIN,
    admin: Role.ADMIN,
  };
  return roles[name];
}
