import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { AuditRecordSchema } from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of the audit record, made of its message. Fields of later releases are allowed: readers pass over what they do not know.
 * Every field that the message has is optional but for those that the chain always writes.
 */
export function recordJsonSchema(): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  const root = objectOf(AuditRecordSchema, definitions);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:mcpgateway:v1:audit-record",
    title: "Audit record of the MCP gateway",
    description:
      "The field d of each entry of the audit stream, and each line of the native format. What is absent is empty.",
    ...root,
    required: ["id", "time", "event", "producer", "bootId", "sequence", "hash"],
    $defs: definitions,
  };
}

function objectOf(message: DescMessage, definitions: Record<string, JsonSchema>): JsonSchema {
  const properties = message.fields.map((field) => [field.jsonName, schemaOf(field, definitions)]);
  return { type: "object", properties: Object.fromEntries(properties) };
}

function schemaOf(field: DescField, definitions: Record<string, JsonSchema>): JsonSchema {
  if (field.fieldKind === "map") {
    const value = field.scalar === undefined ? {} : scalarOf(field.scalar);
    return { type: "object", additionalProperties: value };
  }
  if (field.fieldKind === "list") {
    const items = field.message
      ? referenceTo(field.message, definitions)
      : scalarOf(field.scalar ?? ScalarType.STRING);
    return { type: "array", items };
  }
  if (field.fieldKind === "message") return referenceTo(field.message, definitions);
  if (field.fieldKind === "scalar") return scalarOf(field.scalar);
  throw new Error(`${field.name} is of a kind that has no schema yet`);
}

function referenceTo(message: DescMessage, definitions: Record<string, JsonSchema>): JsonSchema {
  if (message.typeName === "google.protobuf.Value") return {};
  if (message.typeName === "google.protobuf.Timestamp") {
    return { type: "string", format: "date-time" };
  }
  if (!Object.hasOwn(definitions, message.name)) {
    // Before its fields: a message may hold itself.
    definitions[message.name] = {};
    definitions[message.name] = objectOf(message, definitions);
  }
  return { $ref: `#/$defs/${message.name}` };
}

function scalarOf(scalar: ScalarType): JsonSchema {
  switch (scalar) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.DOUBLE:
      return { type: "number" };
    case ScalarType.UINT32:
      return { type: "integer", minimum: 0, maximum: 0xffff_ffff };
    case ScalarType.INT32:
      return { type: "integer", minimum: -0x8000_0000, maximum: 0x7fff_ffff };
    default:
      throw new Error(`scalar ${scalar} has no schema yet`);
  }
}
