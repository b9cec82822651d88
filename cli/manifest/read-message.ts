import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  ScalarType,
} from "@bufbuild/protobuf";
import {
  type ReflectList,
  type ReflectMap,
  type ReflectMessage,
  reflect,
} from "@bufbuild/protobuf/reflect";
import { DurationSchema, durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Node } from "yaml";
import type { DocumentReader } from "./document-reader.ts";
import { entryPath, fieldPath } from "./paths.ts";
import { readDurationMs, readScalar, readWord, type ScalarReading } from "./scalars.ts";
import { didYouMean } from "./suggestion.ts";

/** Fills a message from a mapping, as far as it can be read. The schema says what may stand there. */
export function readMessage(
  reader: DocumentReader,
  node: Node,
  path: string,
  message: ReflectMessage,
): void {
  const entries = reader.mapping(node, path);
  const fields = new Map(message.fields.map((field) => [field.jsonName, field]));
  for (const [name, value] of entries ?? []) {
    const field = fields.get(name);
    const at = fieldPath(path, name);
    if (!field) {
      reader.report(
        at,
        `is no field of ${message.desc.name}${didYouMean(name, [...fields.keys()])}`,
      );
    } else if (isTaken(message, field)) {
      reader.refuse(at, `cannot be set beside ${message.oneofCase(field.oneof)?.jsonName}`);
    } else {
      readField({ reader, message, path: at }, field, value);
    }
  }
}

/** A place in the document, and the message that what stands there belongs to. */
interface Place {
  readonly reader: DocumentReader;
  readonly message: ReflectMessage;
  readonly path: string;
}

type TakenField = DescField & { readonly oneof: NonNullable<DescField["oneof"]> };

function isTaken(message: ReflectMessage, field: DescField): field is TakenField {
  return field.oneof !== undefined && message.oneofCase(field.oneof) !== undefined;
}

function readField(place: Place, field: DescField, written: unknown): void {
  const { reader, message, path } = place;
  const node = reader.resolve(written, path);
  if (!node) return;
  if (field.fieldKind === "list") {
    readList(place, field, node);
  } else if (field.fieldKind === "map") {
    readMap(place, field, node);
  } else {
    const value = readElement(reader, node, path, elementOf(field));
    if (value !== undefined) message.set(field, value);
  }
}

function readList(place: Place, field: DescField & { fieldKind: "list" }, node: Node): void {
  const { reader, message } = place;
  const element = elementOf(field);
  const list = message.get(field) as ReflectList;
  for (const [index, written] of (reader.list(node, place.path) ?? []).entries()) {
    const path = entryPath(place.path, index);
    reader.mark(path, written);
    const item = reader.resolve(written, path);
    const value = item && readElement(reader, item, path, element);
    // An unreadable entry keeps its place: the paths of those behind it must still fit the document.
    list.add(value ?? emptyElement(element));
  }
}

function readMap(place: Place, field: DescField & { fieldKind: "map" }, node: Node): void {
  const { reader, message } = place;
  if (field.mapKey !== ScalarType.STRING) {
    throw new Error(`${field.name}: policies have no maps with other keys than text yet`);
  }
  const map = message.get(field) as ReflectMap;
  for (const [name, written] of reader.mapping(node, place.path) ?? []) {
    const path = fieldPath(place.path, name);
    const item = reader.resolve(written, path);
    const value = item && readElement(reader, item, path, elementOf(field));
    if (value !== undefined) map.set(name, value);
  }
}

/** What stands in a field, or in each entry of a list or map. */
type Element =
  | { readonly kind: "scalar"; readonly type: ScalarType }
  | { readonly kind: "enum"; readonly desc: DescEnum }
  | { readonly kind: "message"; readonly desc: DescMessage };

function elementOf(field: DescField): Element {
  if (field.scalar !== undefined) return { kind: "scalar", type: field.scalar };
  if (field.enum !== undefined) return { kind: "enum", desc: field.enum };
  if (field.message !== undefined) return { kind: "message", desc: field.message };
  throw new Error("a field is of no kind that this release knows");
}

function emptyElement(element: Element): unknown {
  if (element.kind === "message") return reflect(element.desc);
  return element.kind === "scalar" && element.type === ScalarType.STRING ? "" : 0;
}

function readElement(reader: DocumentReader, node: Node, path: string, element: Element): unknown {
  if (element.kind === "message" && element.desc.typeName !== DurationSchema.typeName) {
    const message = reflect(element.desc, create(element.desc));
    readMessage(reader, node, path, message);
    return message;
  }
  const scalar = reader.scalar(node, path);
  if (!scalar) return undefined;
  const reading = readSimple(element, scalar.value);
  return reading.ok ? reading.value : reader.refuse(path, reading.message);
}

function readSimple(element: Element, value: unknown): ScalarReading {
  if (element.kind === "scalar") return readScalar(element.type, value);
  if (element.kind === "enum") return readWord(element.desc, value);
  const reading = readDurationMs(value);
  if (!reading.ok) return reading;
  return { ok: true, value: reflect(DurationSchema, durationFromMs(Number(reading.value))) };
}
