import { compareDefinitions, type DefinitionChange } from "./compare-definitions.ts";
import { invisible, visible } from "./visible.ts";

/** A description that grew by more than this share has room for orders. */
const muchLonger = 1.3;
const maxShown = 80;
const places =
  /https?:\/\/[^\s"'<>)]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:~|\.{1,2})?(?:\/[\w.-]+){2,}/giu;
const parameter = /\/properties\/((?:[^/])+)(?=\/|$)/g;
const orders =
  /(?:^|[.!?\n]\s*)(?:you must|always|never|do not|don't|ignore|before (?:using|calling)|first|important|send|include|read|call|pass|make sure|ensure)\b/giu;

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
    ]),
  ];
  return [...new Set(risks)];
}

function newParameters(before: string, after: string): string[] {
  const known = parametersIn(before);
  return [...parametersIn(after)]
    .filter((name) => !known.has(name))
    .map((name) => `new parameter: ${show(name)}`);
}

function parametersIn(definition: string): ReadonlySet<string> {
  // Against an empty definition every leaf differs.
  const pointers = compareDefinitions("{}", definition).map(({ pointer }) => pointer);
  return new Set(
    pointers.flatMap((pointer) =>
      pointer.startsWith("/inputSchema/")
        ? [...pointer.matchAll(parameter)].map(([, name = ""]) =>
            name.replaceAll("~1", "/").replaceAll("~0", "~"),
          )
        : [],
    ),
  );
}

function longer({ pointer, before = "", after = "" }: DefinitionChange): string[] {
  if (!pointer.endsWith("/description") || before === "") return [];
  if (after.length <= before.length * muchLonger) return [];
  const percent = Math.round((100 * (after.length - before.length)) / before.length);
  return [`${pointer} is ${percent} % longer`];
}

/** Hints are words of an untrusted party: what they take back counts. */
function flipped({ pointer, before, after }: DefinitionChange): string[] {
  if (!pointer.startsWith("/annotations/") || pointer === "/annotations/title") return [];
  return [`${pointer}: ${before ?? "(absent)"} became ${after ?? "(absent)"}`];
}

function newPlaces({ before = "", after = "" }: DefinitionChange): string[] {
  return [...after.matchAll(places)]
    .map(([place]) => place)
    .filter((place) => !before.includes(place))
    .map((place) => `new address or path: ${show(place)}`);
}

function newOrders({ pointer, before = "", after = "" }: DefinitionChange): string[] {
  const count = (text: string) => [...text.matchAll(orders)].length;
  return count(after) > count(before) ? [`${pointer} has a new instruction`] : [];
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

function values({ pointer, before, after }: DefinitionChange): string[] {
  if (!/\/(?:enum\/\d+|const|default)$/.test(pointer) || after === undefined) return [];
  return [`${pointer}: ${show(before ?? "(absent)")} became ${show(after)}`];
}

function show(text: string): string {
  return visible(text.length > maxShown ? `${text.slice(0, maxShown)}…` : text);
}
