import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";

type Json = Readonly<Record<string, unknown>>;
type Captions = Readonly<Record<string, string>>;

interface OcsfClass {
  readonly caption: string;
  readonly category: number;
  readonly categoryCaption: string;
  readonly activities: Captions;
  readonly attributes: string;
  readonly atLeastOne?: readonly string[];
}

/** The facts in ocsf.json. */
interface OcsfFacts {
  readonly version: string;
  readonly base: string;
  readonly profiles: Readonly<Record<string, string>>;
  readonly classes: Readonly<Record<string, OcsfClass>>;
  readonly objects: Readonly<
    Record<string, { readonly attributes: string; readonly atLeastOne?: readonly string[] }>
  >;
  readonly enums: Readonly<Record<string, Captions>>;
  readonly observableTypes: Readonly<Record<string, number>>;
  readonly observableAttributes: Readonly<Record<string, number>>;
}

interface Attribute {
  readonly type: string;
  readonly isArray: boolean;
  readonly requirement: "required" | "recommended" | "optional";
}

const facts = JSON.parse(readFileSync(join(import.meta.dirname, "ocsf.json"), "utf8")) as OcsfFacts;

/** What an event of OCSF violates, each problem with its path; and which recommended attributes of its class it lacks. */
export interface OcsfVerdict {
  readonly problems: readonly string[];
  readonly lacking: readonly string[];
}

/** Checks an event against the official facts: everything that is there must be known, of its type, and allowed. */
export function checkOcsf(event: Json): OcsfVerdict {
  const cls = facts.classes[String(event["class_uid"])];
  if (!cls) return { problems: [`no class ${String(event["class_uid"])}`], lacking: [] };
  const problems: string[] = [];
  const attributes = attributesOfClass(cls, event, problems);
  const known = { name: "", attributes, atLeastOne: cls.atLeastOne ?? [] };
  checkObject({ value: event, path: "", known, problems });
  checkClass(event, cls, problems);
  checkObservables(event, problems);
  const lacking = [...attributes]
    .filter(([name, { requirement }]) => requirement === "recommended" && !(name in event))
    .map(([name]) => name);
  return { problems, lacking };
}

function attributesOfClass(cls: OcsfClass, event: Json, problems: string[]) {
  const { profiles = [] } = (event["metadata"] ?? {}) as { profiles?: readonly string[] };
  const ofProfiles = profiles.map((profile) => {
    const attributes = facts.profiles[profile];
    if (attributes === undefined) problems.push(`metadata.profiles: no profile ${profile}`);
    return attributes ?? "";
  });
  return parseAttributes([facts.base, cls.attributes, ...ofProfiles].join(" "));
}

/** Of the compact notation that ocsf.json explains. */
function parseAttributes(text: string): Map<string, Attribute> {
  const tokens = text.split(" ").filter((it) => it !== "");
  return new Map(
    tokens.map((token) => {
      const [, name = "", type = "string_t", array, mark] =
        /^(\w+)(?::(\w+))?(\[\])?([!+])?$/.exec(token) ?? [];
      if (name === "") throw new Error(`ocsf.json has no attribute ${token}`);
      const requirement = mark === "!" ? "required" : mark === "+" ? "recommended" : "optional";
      return [name, { type, isArray: array !== undefined, requirement }];
    }),
  );
}

interface Place {
  readonly value: Json;
  readonly path: string;
  readonly known: {
    readonly name: string;
    readonly attributes: ReadonlyMap<string, Attribute>;
    readonly atLeastOne: readonly string[];
  };
  readonly problems: string[];
}

function checkObject(place: Place): void {
  const { value, path, known, problems } = place;
  const { attributes, atLeastOne } = known;
  for (const [name, { requirement }] of attributes) {
    if (requirement === "required" && !(name in value))
      problems.push(`${path}${name}: is required`);
  }
  if (atLeastOne.length > 0 && !atLeastOne.some((name) => name in value)) {
    problems.push(`${path || "event"}: wants one of ${atLeastOne.join(", ")}`);
  }
  for (const name of Object.keys(value)) checkAttribute(place, name);
}

function checkAttribute({ value, path, known, problems }: Place, name: string): void {
  const attribute = known.attributes.get(name);
  if (!attribute) {
    problems.push(`${path}${name}: there is no such attribute`);
    return;
  }
  const item = value[name];
  if (attribute.isArray !== Array.isArray(item)) problems.push(`${path}${name}: list or not?`);
  const items = Array.isArray(item) ? item : [item];
  for (const it of items) checkValue({ value: it, path: `${path}${name}`, attribute, problems });
  checkEnum({ object: known.name, name, value, path, problems });
}

function checkValue(at: {
  readonly value: unknown;
  readonly path: string;
  readonly attribute: Attribute;
  readonly problems: string[];
}): void {
  const { value, path, attribute, problems } = at;
  const { type } = attribute;
  const isRight = scalars[type];
  if (isRight) {
    if (!isRight(value)) problems.push(`${path}: is no ${type}`);
    return;
  }
  const object = facts.objects[type];
  if (!object) {
    problems.push(`${path}: ocsf.json says nothing of the object ${type}`);
    return;
  }
  if (!isObject(value)) {
    problems.push(`${path}: is no object`);
    return;
  }
  const known = {
    name: type,
    attributes: parseAttributes(object.attributes),
    atLeastOne: object.atLeastOne ?? [],
  };
  checkObject({ value, path: `${path}.`, known, problems });
}

/** A value of an enumeration is one of its keys, and its sibling, if there, is its caption unless the source names it (99). */
function checkEnum(at: {
  readonly object: string;
  readonly name: string;
  readonly value: Json;
  readonly path: string;
  readonly problems: string[];
}): void {
  const { object, name, value, path, problems } = at;
  const captions = facts.enums[`${object}.${name}`] ?? facts.enums[name];
  if (!captions) {
    // Every enumeration has its sibling: one that is not in the facts would go unchecked.
    if (name.endsWith("_id") && name !== "activity_id")
      problems.push(`${path}${name}: unknown enum`);
    return;
  }
  const caption = captions[String(value[name])];
  if (caption === undefined) problems.push(`${path}${name}: no value ${String(value[name])}`);
  const sibling = value[name.slice(0, -3)];
  if (String(value[name]) === "99" ? !sibling : sibling !== undefined && sibling !== caption) {
    problems.push(`${path}${name.slice(0, -3)}: is ${String(sibling)}, and not ${caption}`);
  }
}

function checkClass(event: Json, cls: OcsfClass, problems: string[]): void {
  const activity = event["activity_id"];
  const caption = cls.activities[String(activity)];
  const expected: Json = {
    class_name: cls.caption,
    category_uid: cls.category,
    category_name: cls.categoryCaption,
    type_uid: Number(event["class_uid"]) * 100 + Number(activity),
    type_name: `${cls.caption}: ${caption}`,
    ...(activity !== 99 && { activity_name: caption }),
  };
  if (caption === undefined)
    problems.push(`activity_id: ${cls.caption} has no ${String(activity)}`);
  if (activity === 99 && !event["activity_name"]) problems.push("activity_name: 99 wants a name");
  for (const [name, value] of Object.entries(expected)) {
    if (name in event && event[name] !== value) {
      problems.push(`${name}: is ${String(event[name])}, and not ${String(value)}`);
    }
  }
  const version = (event["metadata"] as Json | undefined)?.["version"];
  if (version !== facts.version) problems.push(`metadata.version: is ${String(version)}`);
}

/** An observable names an attribute of the event, with its value and the type that attribute has. */
function checkObservables(event: Json, problems: string[]): void {
  const observables = (event["observables"] ?? []) as readonly Json[];
  for (const [index, { name, type_id: typeId, value }] of observables.entries()) {
    const values = valuesAt(event, String(name).split("."));
    if (!values.includes(value))
      problems.push(`observables.${index}: no ${String(value)} at ${String(name)}`);
    const leaf = String(name).split(".").at(-1) ?? "";
    const types = [
      ...Object.entries(facts.observableAttributes)
        .filter(([attribute]) => `.${String(name)}`.endsWith(`.${attribute}`))
        .map(([, id]) => id),
      ...(leaf === "ip" ? [facts.observableTypes["ip_t"]] : []),
      ...(String(name).endsWith("user.name") ? [facts.observableTypes["username_t"]] : []),
    ];
    if (!types.includes(Number(typeId))) problems.push(`observables.${index}: is of another type`);
  }
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (Array.isArray(value)) return value.flatMap((it) => valuesAt(it, path));
  return isObject(value) && name in value ? valuesAt(value[name], rest) : [];
}

const isText = (value: unknown) =>
  typeof value === "string" && value !== "" && value.isWellFormed();
const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  string_t: isText,
  username_t: isText,
  hostname_t: (value) => isText(value) && /^[\w.-]{1,255}$/.test(String(value)),
  ip_t: (value) => isIP(String(value)) > 0,
  integer_t: (value) => Number.isSafeInteger(value),
  long_t: (value) => Number.isSafeInteger(value),
  timestamp_t: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  port_t: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
  boolean_t: (value) => typeof value === "boolean",
  json_t: (value) => value !== undefined,
  object: isObject,
};

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
