import { type DescField, ScalarType } from "@bufbuild/protobuf";
import {
  type ReflectList,
  type ReflectMap,
  type ReflectMessage,
  reflect,
} from "@bufbuild/protobuf/reflect";
import { type Duration, DurationSchema, durationMs } from "@bufbuild/protobuf/wkt";
import { type Policy, PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { formatDurationMs } from "../duration.ts";
import { wordOf } from "../enum-words.ts";
import { type CliError, failed } from "../errors.ts";
import { formatYaml } from "../output.ts";
import { entryPath, fieldPath } from "./paths.ts";

/** Writes a policy in the words that {@link parseManifest} reads. */
export function formatManifest(policy: Policy): string {
  return formatYaml(toMapping(reflect(PolicySchema, policy), ""));
}

function toMapping(message: ReflectMessage, path: string): Record<string, unknown> {
  // Left out, they would be lost for good when somebody pushes this again.
  if (message.getUnknown()?.length) throw tooNew(path || "the policy");
  return Object.fromEntries(
    message.fields
      .filter((field) => message.isSet(field))
      .map((field) => [
        field.jsonName,
        toValue(field, message.get(field), fieldPath(path, field.jsonName)),
      ]),
  );
}

function toValue(field: DescField, value: unknown, path: string): unknown {
  if (field.fieldKind === "list") {
    return [...(value as ReflectList)].map((item, index) =>
      toElement(field, item, entryPath(path, index)),
    );
  }
  if (field.fieldKind === "map") {
    return Object.fromEntries(
      [...(value as ReflectMap)].map(([key, item]) => [
        String(key),
        toElement(field, item, fieldPath(path, String(key))),
      ]),
    );
  }
  return toElement(field, value, path);
}

function toElement(field: DescField, value: unknown, path: string): unknown {
  if (field.enum) {
    const word = wordOf(field.enum, Number(value));
    if (word === undefined) throw tooNew(path);
    return word;
  }
  if (!field.message) return field.scalar === ScalarType.STRING ? value : plainNumber(value);
  const message = value as ReflectMessage;
  if (field.message.typeName !== DurationSchema.typeName) return toMapping(message, path);
  return formatDurationMs(durationMs(message.message as Duration));
}

function plainNumber(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

function tooNew(path: string): CliError {
  return failed(
    `${path} has a setting that this mcpctl does not know; use the mcpctl of the control plane's release.`,
  );
}
