import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";

/** The facts in ecs.json. */
interface EcsFacts {
  readonly eventKinds: readonly string[];
  readonly eventOutcomes: readonly string[];
  readonly eventTypes: readonly string[];
  readonly typesOfCategory: Readonly<Record<string, readonly string[]>>;
  readonly fields: Readonly<Record<string, string>>;
}

const facts = JSON.parse(readFileSync(join(import.meta.dirname, "ecs.json"), "utf8")) as EcsFacts;

/**
 * What an event violates of the Elastic Common Schema, each problem with its field. Fields under the namespace are the event's own affair:
 * there a name must only keep its type in all events, which `ownTypes` remembers from one event to the next.
 */
export function ecsProblems(
  event: Readonly<Record<string, unknown>>,
  namespace: string,
  ownTypes: Map<string, string> = new Map(),
): string[] {
  const problems: string[] = [];
  for (const [field, value] of leaves(event, "")) {
    if (field.startsWith(`${namespace}.`)) {
      problems.push(...ownProblems(field, value, ownTypes));
      continue;
    }
    const type = facts.fields[field];
    if (type === undefined) problems.push(`${field}: ECS has no such field`);
    else if (!isOfType(value, type)) problems.push(`${field}: is no ${type}`);
  }
  const required = ["@timestamp", "ecs.version", "event.kind", "event.category", "event.type"];
  const present = new Set(leaves(event, "").map(([field]) => field));
  for (const field of required) if (!present.has(field)) problems.push(`${field}: is missing`);
  return [...problems, ...categorizationProblems(event)];
}

function categorizationProblems(event: Readonly<Record<string, unknown>>): string[] {
  const { kind, outcome, category, type } = event["event"] as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  if (!facts.eventKinds.includes(String(kind))) problems.push(`event.kind: no ${String(kind)}`);
  if (!facts.eventOutcomes.includes(String(outcome)))
    problems.push(`event.outcome: no ${String(outcome)}`);
  const categories = Array.isArray(category) ? (category as readonly string[]) : [];
  const types = Array.isArray(type) ? (type as readonly string[]) : [];
  for (const it of categories) {
    if (!facts.typesOfCategory[it]) problems.push(`event.category: no ${it}`);
  }
  const allowed = new Set(categories.flatMap((it) => facts.typesOfCategory[it] ?? []));
  for (const it of types) {
    if (!facts.eventTypes.includes(it)) problems.push(`event.type: no ${it}`);
    if (!allowed.has(it)) problems.push(`event.type: ${it} is not for ${categories.join(", ")}`);
  }
  return problems;
}

function ownProblems(field: string, value: unknown, ownTypes: Map<string, string>): string[] {
  const type = Array.isArray(value) ? typeof value[0] : typeof value;
  const before = ownTypes.get(field) ?? type;
  ownTypes.set(field, before);
  return before === type ? [] : [`${field}: is ${type}, and was ${before} in another event`];
}

/** Lists are leaves: in ECS each field may hold one. */
function leaves(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, item]) =>
    leaves(item, path === "" ? name : `${path}.${name}`),
  );
}

function isOfType(value: unknown, type: string): boolean {
  const [, scalar = "", list] = /^(\w+)(\[\])?$/.exec(type) ?? [];
  const isRight = scalars[scalar];
  if (!isRight) throw new Error(`ecs.json has a type that is not checked: ${type}`);
  if (list === undefined) return isRight(value);
  return Array.isArray(value) && value.length > 0 && value.every((it) => isRight(it));
}

const isText = (value: unknown) => typeof value === "string" && value.isWellFormed();
const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  keyword: isText,
  wildcard: isText,
  match_only_text: isText,
  ip: (value) => isIP(String(value)) > 0,
  long: (value) => Number.isSafeInteger(value),
  date: (value) => typeof value === "string" && new Date(value).toISOString() === value,
};
