import { type DescField, type DescMessage, type JsonValue, ScalarType } from "@bufbuild/protobuf";

/** One level of a google.protobuf.Value is up to three of protobuf, and decoders stop at a hundred. */
const maxDepth = 20;
const maxTextLength = 256 * 1024;

const integerRanges: Partial<Record<ScalarType, readonly [number, number]>> = {
  [ScalarType.INT32]: [-(2 ** 31), 2 ** 31 - 1],
  [ScalarType.UINT32]: [0, 2 ** 32 - 1],
};

type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Makes JSON fit a message, so that it can be converted and sent: what is too deep or too long is replaced by a marker,
 * numbers are brought into their range, what has the wrong type is left out. `changed` names the fields that this concerns.
 */
export function fitJson(
  desc: DescMessage,
  json: JsonObject,
): { readonly json: JsonObject; readonly changed: readonly string[] } {
  const changed: string[] = [];
  const fitted: Record<string, JsonValue> = {};
  for (const field of desc.fields) {
    const fitter = new Fitter();
    Object.assign(fitted, fitter.fitFieldOf(json, field));
    if (fitter.changed) changed.push(field.jsonName);
  }
  return { json: fitted, changed };
}

export function isJsonObject(json: JsonValue): json is JsonObject & JsonValue {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

class Fitter {
  changed = false;

  /** An object that has this field only; none where it is absent or does not fit. */
  fitFieldOf(json: JsonObject, field: DescField): JsonObject {
    const given = json[field.jsonName];
    const isAbsent = given === undefined || (given === null && !isValue(field));
    const fitted = isAbsent ? undefined : this.#field(field, given);
    return fitted === undefined ? {} : { [field.jsonName]: fitted };
  }

  #field(field: DescField, json: JsonValue): JsonValue | undefined {
    if (field.fieldKind === "list") {
      if (!Array.isArray(json)) return this.#leaveOut();
      return json.map((it) => this.#item(field, it)).filter((it) => it !== undefined);
    }
    if (field.fieldKind === "map") {
      if (!isJsonObject(json)) return this.#leaveOut();
      return this.#entries(json, (it) => this.#item(field, it));
    }
    return this.#item(field, json);
  }

  #item(field: DescField, json: JsonValue): JsonValue | undefined {
    if (isValue(field)) return this.#value(json, 1);
    if (field.message?.typeName.startsWith("google.protobuf.")) return json;
    if (field.message) return this.#message(field.message, json);
    return this.#scalar(field.scalar, json);
  }

  #message(desc: DescMessage, json: JsonValue): JsonValue | undefined {
    if (!isJsonObject(json)) return this.#leaveOut();
    return Object.assign({}, ...desc.fields.map((field) => this.fitFieldOf(json, field)));
  }

  #scalar(type: ScalarType | undefined, json: JsonValue): JsonValue | undefined {
    const range = type && integerRanges[type];
    if (range) return typeof json === "number" ? this.#integer(json, range) : this.#leaveOut();
    if (type === ScalarType.STRING && typeof json === "string") return this.#text(json);
    if (type === ScalarType.BOOL && typeof json === "boolean") return json;
    if (type === ScalarType.DOUBLE && Number.isFinite(json)) return json;
    return this.#leaveOut();
  }

  #integer(json: number, [min, max]: readonly [number, number]): number {
    const fitted = Math.trunc(Math.min(max, Math.max(min, json)));
    this.changed ||= fitted !== json;
    return fitted;
  }

  #value(json: JsonValue, depth: number): JsonValue {
    if (typeof json === "string") return this.#text(json);
    // JSON has no such number, but 1e999 becomes one, which no reader can write as JSON again.
    if (typeof json === "number" && !Number.isFinite(json)) return this.#marker(String(json));
    if (typeof json !== "object" || json === null) return json;
    if (depth > maxDepth) return this.#marker(`not shown: deeper than ${maxDepth} levels`);
    if (Array.isArray(json)) return json.map((it) => this.#value(it, depth + 1));
    return this.#entries(json, (it) => this.#value(it, depth + 1));
  }

  #entries(json: JsonObject, toFitting: (it: JsonValue) => JsonValue | undefined): JsonValue {
    const entries = Object.entries(json).map(
      ([key, it]) => [this.#text(key), toFitting(it)] as const,
    );
    return Object.fromEntries(entries.filter(([, it]) => it !== undefined)) as JsonValue;
  }

  #text(text: string): string {
    const whole = text.toWellFormed();
    this.changed ||= whole !== text;
    if (whole.length <= maxTextLength) return whole;
    const rest = whole.length - maxTextLength;
    const marker = this.#marker(`not shown: ${rest} further characters`);
    return whole.slice(0, maxTextLength).toWellFormed() + marker;
  }

  #marker(words: string): string {
    this.changed = true;
    return `[${words}]`;
  }

  #leaveOut(): undefined {
    this.changed = true;
  }
}

function isValue(field: DescField): boolean {
  return field.message?.typeName === "google.protobuf.Value";
}
