import { latinFor } from "../text/look-alikes.ts";
import { compareDefinitions, type DefinitionChange } from "./compare-definitions.ts";
import { codePointOf, invisible, visible } from "./visible.ts";

/** A text that grew by more than this share has room for orders. */
const muchLonger = 1.3;
const maxShown = 80;
/** Addresses with a scheme and without, of mail, of machines; paths of Unix and Windows; files that begin with a dot. */
const places = [
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)]+/giu,
  /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/giu,
  /\b(?:[a-z0-9-]{1,63}\.){1,6}(?:com|net|org|io|dev|app|co|ai|me|info|biz|xyz|site|online|cloud|sh|eu|uk|de|fr|nl|ru|cn|in|us|example|test|internal|local|onion)\b(?![.\w])/giu,
  /\b(?:\d{1,3}\.){3}\d{1,3}\b/gu,
  /(?<![\w.~/:-])(?:~|\.{1,2})?(?:\/[\w.-]+)+/gu,
  /\b[a-z]:\\[\w.\\ -]+|\\\\[\w.-]+\\[\w.$\\-]+/giu,
  /(?<![\w./-])\.[a-z][\w-]{2,}/giu,
];
const parameter = /\/(?:properties|patternProperties)\/((?:[^/])+)(?=\/|$)/g;
const argument = /^\/arguments\/\d+\/name$/;
/** How a sentence begins that tells somebody to do something. */
const order =
  /^(?:please |now |then |first |next |finally |instead )?(?:always|never|do not|don't|ignore|before (?:using|calling|you)|after (?:using|calling)|when(?:ever)? |first|important|note|warning|caution|required|send|include|read|call|pass|use|make sure|ensure|remember|forward|copy|add|append|tell|ask|run|execute|open|upload|download|post|submit|email|mail|fetch|visit|go to|navigate|click|write|save|store|delete|remove|drop|overwrite|replace|set|put|give|provide|supply|attach|insert|encode|hide|omit|skip|bypass|disable|enable|override|disregard|forget|repeat|reveal|share|report|return|respond|reply|answer|say|mention|act|pretend|assume|treat|consider|keep|log|notify|inform|confirm|check|verify|follow|obey|continue|proceed|begin|start|stop|wait|invoke|query|search|look|find|collect|gather|list|print|show|output|embed|transfer|pay|authorize|approve|accept|install|import|load|update|change|modify|edit|create)\b/iu;
/** Words by which a sentence binds somebody, wherever they stand, and a second order behind a first. */
const duty =
  /\b(?:must|shall|should|needs? to|ha(?:ve|s) to|always|never|required to|do not|don't|make sure|be sure to|(?:then|and) (?:send|delete|upload|post|forward|call|run|execute|read|write|copy|pass|include))\b/iu;
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
      ...lookAlikes(change),
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
  const found = places.flatMap((pattern) => after.match(pattern) ?? []);
  return [...new Set(found)]
    .filter((place) => !before.includes(place))
    .filter((place) => !found.some((other) => other !== place && other.includes(place)))
    .map((place) => `new address or path: ${show(place)}`);
}

/** Sentences that tell somebody to do something, and that were not there before. */
function newOrders({ pointer, before = "", after = "" }: DefinitionChange): string[] {
  const known = new Set(sentencesOf(before));
  const isNew = sentencesOf(after).some((one) => !known.has(one) && isOrder(one));
  return isNew ? [`${pointer} has a new instruction`] : [];
}

/** A single word is a value, such as the name of a parameter. */
function isOrder(sentence: string): boolean {
  return /\s/.test(sentence.trim()) && (order.test(sentence) || duty.test(sentence));
}

function sentencesOf(text: string): string[] {
  return text
    .split(/[.!?;:]\s+|[\r\n]+/u)
    .map((sentence) => sentence.replace(/^[\s\-*#>"'(]+/, ""));
}

function hidden({ pointer, before = "", after = "" }: DefinitionChange): string[] {
  const known = new Set(charactersIn(before + pointer));
  const found = [...new Set(charactersIn(after))].filter((char) => !known.has(char));
  return found.length > 0
    ? [`${visible(pointer)} has hidden characters: ${visible(found.join(""))}`]
    : [];
}

/** Letters of other scripts within a Latin word, which look like it and are read by a machine as another one. */
function lookAlikes({ pointer, before = "", after = "" }: DefinitionChange): string[] {
  const words = `${pointer} ${after}`.match(/\p{L}+/gu) ?? [];
  const mixed = words.filter(
    (word) => /[a-z]/i.test(word) && [...word].some((char) => latinFor.has(char)),
  );
  const found = mixed.filter((word) => !before.includes(word));
  return [...new Set(found)].map((word) => `letters of another script: ${show(spelledOut(word))}`);
}

function spelledOut(word: string): string {
  return [...word]
    .map((char) => (latinFor.has(char) ? `${char}<${codePointOf(char)}>` : char))
    .join("");
}

/** Line breaks are no secret. */
function charactersIn(text: string): string[] {
  return (text.match(invisible) ?? []).filter((char) => !/[\n\r\t]/.test(char));
}

function values(change: DefinitionChange): string[] {
  // A parameter may be called so, too.
  const keys = change.pointer.replaceAll(parameter, "");
  return /\/(?:enum|const|default|examples)(?:\/|$)/.test(keys) ? [became(change)] : [];
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
