import type { DescService } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { ApprovalService } from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { AuditService } from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { ExportService } from "../../proto/gen/mcpgateway/v1/export_service_pb.ts";
import { FleetService } from "../../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import { FreezeService } from "../../proto/gen/mcpgateway/v1/freeze_service_pb.ts";
import { LimitService } from "../../proto/gen/mcpgateway/v1/limit_service_pb.ts";
import { OperatorService } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { PolicyService } from "../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { ToolService } from "../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { allows, methodPath, roleOfMethod } from "./roles.ts";

const services: readonly DescService[] = [
  PolicyService,
  ApprovalService,
  AgentService,
  OperatorService,
  AuditService,
  ExportService,
  FleetService,
  FreezeService,
  LimitService,
  ToolService,
];

it("names a role for every method that operators can call, and for no other", () => {
  const methods = services.flatMap((service) => service.methods.map(methodPath));

  expect(Object.keys(roleOfMethod).sort()).toEqual(methods.sort());
});

it("lets everybody read, and nobody but admins do what is another's", () => {
  expect(allows("approver", "viewer")).toBe(true);
  expect(allows("policy-admin", "viewer")).toBe(true);
  expect(allows("policy-admin", "approver")).toBe(false);
  expect(allows("approver", "policy-admin")).toBe(false);
  expect(allows("viewer", "approver")).toBe(false);
  expect(allows("admin", "approver")).toBe(true);
});
