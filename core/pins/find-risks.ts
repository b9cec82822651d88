import { compareDefinitions, type DefinitionChange } from "./compare-definitions.ts";
import { invisible, visible } from "./visible.ts";

/** A text that grew by more than this share has room for orders. */
const muchLonger = 1.3;
const maxShown = 80;
const places =
  /https?:\/\/[^\s"'<>)]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:~|\.{1,2})?(?:\/[\w.-]+){2,}/giu;
const parameter = /\/properties\/((?:[^/])+)(?=\/|$)/g;
const argument = /^\/arguments\/\d+\/name$/;
const order =
  /^(?:(?:you|the (?:model|assistant|agent)) (?:must|should|need)|always|never|do not|don't|ignore|before (?:using|calling|you)|after (?:using|calling)|when(?:ever)? |first|important|note|send|include|read|call|pass|use|make sure|ensure|remember|forward|copy|add|append|tell|ask|run|execute)\b/iu;
/** What holds arguments to what was meant; less of it lets more through. */
const constraint =
  /\/(?:type|format|pattern|maxLength|minLength|maximum|minimum|maxItems|additionalProperties|required(?:\/\d+)?)$/;

/** What is riskier in a definition than in the one that was accepted, for people who decide. Not what differs: see {@link compareDefinitions}. */
export function findRisks(before: string, after: string): readonly string[] {
  const changes = compareDefinitions(before, after);
  const risks = [
    ...newParameters(before, after),
    ...changes.flatMap((change) => [
      ...longer(change),
      ...flipped(change),
      ...newPlaces(change),
      ...newOrders(change),
      ...hidden(change),
      ...values(change),
      ...loosened(change),
    ]),
  ];
  return [...new Set(risks)];
}

function newParameters(before: string, after: string): string[] {
  const known = parametersIn(before);
  const required = requiredIn(after);
  return [...parametersIn(after)]
    .filter((name) => !known.has(name))
    .map((name) => `new ${required.has(name) ? "" : "optional "}parameter: ${show(name)}`);
}

/** Of a tool, at any depth, or of a prompt. */
function parametersIn(definition: string): ReadonlySet<string> {
  return new Set(
    leavesOf(definition).flatMap(({ pointer, after = "" }) => {
      if (argument.test(pointer)) return [after];
      if (!pointer.startsWith("/inputSchema/")) return [];
      return [...pointer.matchAll(parameter)].map(([, name = ""]) =>
        name.replaceAll("~1", "/").replaceAll("~0", "~"),
      );
    }),
  );
}

function requiredIn(definition: string): ReadonlySet<string> {
  const leaves = leavesOf(definition);
  const names = leaves
    .filter(({ pointer }) => /^\/inputSchema\/(?:.*\/)?required\/\d+$/.test(pointer))
    .map(({ after = "" }) => after);
  const ofPrompt = leaves
    .filter(
      ({ pointer, after }) => /^\/arguments\/\d+\/required$/.test(pointer) && after === "true",
    )
    .map(({ pointer }) => pointer.replace(/required$/, "name"));
  const named = leaves.filter(({ pointer }) => ofPrompt.includes(pointer));
  return new Set([...names, ...named.map(({ after = "" }) => after)]);
}

/** Against an empty definition every leaf differs. */
function leavesOf(definition: string): readonly DefinitionChange[] {
  return compareDefinitions("{}", definition);
}

function longer({ pointer, before = "", after = "" }: DefinitionChange): string[] {
  if (!/(?:^|\/)(?:description|title|instructions)$/.test(pointer) || after === "") return [];
  if (before === "") return [`${pointer} is new`];
  if (after.length <= before.length * muchLonger) return [];
  const percent = Math.round((100 * (after.length - before.length)) / before.length);
  return [`${pointer} is ${percent} % longer`];
}

/** Hints are words of an untrusted party: what they take back counts. */
function flipped({ pointer, before, after }: DefinitionChange): string[] {
  if (!pointer.startsWith("/annotations/") || pointer === "/annotations/title") return [];
  return [`${pointer}: ${before ?? "(absent)"} became ${show(after ?? "(absent)")}`];
}

function newPlaces({ before = "", after = "" }: DefinitionChange): string[] {
  return [...after.matchAll(places)]
    .map(([place]) => place)
    .filter((place) => !before.includes(place))
    .map((place) => `new address or path: ${show(place)}`);
}

/** Sentences that tell somebody to do something, and that were not there before. */
function newOrders({ pointer, before = "", after = "" }: DefinitionChange): string[] {
  const known = new Set(sentencesOf(before));
  const isNew = sentencesOf(after).some((one) => order.test(one) && !known.has(one));
  return isNew ? [`${pointer} has a new instruction`] : [];
}

function sentencesOf(text: string): string[] {
  return text
    .split(/[.!?;:]\s+|[\r\n]+/u)
    .map((sentence) => sentence.replace(/^[\s\-*#>"'(]+/, ""));
}

function hidden({ pointer, before = "", after = "" }: DefinitionChange): string[] {
  const known = new Set(charactersIn(before + pointer));
  const found = [...new Set(charactersIn(after))].filter((char) => !known.has(char));
  return found.length > 0 ? [`${pointer} has hidden characters: ${visible(found.join(""))}`] : [];
}

/** Line breaks are no secret. */
function charactersIn(text: string): string[] {
  return (text.match(invisible) ?? []).filter((char) => !/[\n\r\t]/.test(char));
}

function values(change: DefinitionChange): string[] {
  return /\/(?:enum\/\d+|const|default|examples\/\d+)$/.test(change.pointer)
    ? [became(change)]
    : [];
}

/** A constraint that is new is none that anybody gave up. */
function loosened(change: DefinitionChange): string[] {
  const isGone = change.before !== undefined && constraint.test(change.pointer);
  return isGone ? [became(change)] : [];
}

function became({ pointer, before, after }: DefinitionChange): string {
  return `${visible(pointer)}: ${show(before ?? "(absent)")} became ${show(after ?? "(absent)")}`;
}

function show(text: string): string {
  return visible(text.length > maxShown ? `${text.slice(0, maxShown)}…` : text);
}
