import type {
  ArgumentKindName,
  ArgumentScanSettings,
} from "../../../core/policy/compiled-scanning.ts";
import { type ScanBudget, WorkUsedUp } from "../scan-budget.ts";
import { Pointer } from "../value-walk.ts";
import { findInjections, findInShortText, findInUnnamed } from "./find-injections.ts";
import { isAddress } from "./inclusion-rules.ts";
import { type NameTraits, traitsOfName } from "./name-traits.ts";
import { type KindTree, kindOfName, kindsOfSchema } from "./resolve-kinds.ts";

/** Longer values are looked at in pieces that overlap: none of the shapes is longer than the overlap. */
const pieceLength = 4_096;
/** Ids, paths and addresses are seldom longer. */
const usualLength = 1_024;
const overlap = 1_024;
const maxDepth = 64;
/**
 * No honest id, path or address is longer; statements and scripts may be. Of longer ones the beginning and the end are looked
 * at, and they count as not looked through: to read on would take as long as somebody wants.
 */
const longestName = 16_384;
const longestProgram = 262_144;

/** Below such a name operators are what the tool is for. */
const isWithinFilter = /^(?:filters?|where|selector|pipeline|match)\//i;

/** Names by which servers that flatten objects take operators and prototypes: user[$ne], a.__proto__.b. */
const smuggling =
  /\[\$[a-z]{2,12}\]$|(?:^|[.[])(?:__proto__|constructor[.[\]]{1,2}prototype)(?:[.\][]|$)/;

export type OnInjection = (rule: string, pointer: string) => void;

/** Looks for payloads in arguments, each by what its schema, its name and the policy say it is. */
export class ArgumentInspection {
  readonly #settings: ArgumentScanSettings;
  readonly #budget: ScanBudget;
  readonly #onFound: OnInjection;
  /** The way to what is looked at: names, and places in lists. */
  readonly #steps: (string | number)[] = [];

  constructor(settings: ArgumentScanSettings, budget: ScanBudget, onFound: OnInjection) {
    this.#settings = settings;
    this.#budget = budget;
    this.#onFound = onFound;
  }

  /** `schema`: of the tool, where it is known. The value is within the bounds of a {@link ValueWalk}. */
  inspect(value: unknown, schema: unknown): void {
    this.#visit(value, "", kindsOfSchema(schema));
  }

  /** `name`: of the argument that it is, or is an item of. */
  #visit(value: unknown, name: string, tree: KindTree | undefined): void {
    if (typeof value === "string") this.#inspectText(value, name, tree);
    else if (Array.isArray(value)) this.#visitArray(value, name, tree);
    else if (typeof value === "object" && value !== null && this.#steps.length < maxDepth) {
      this.#visitObject(value as Record<string, unknown>, name, tree);
    }
  }

  #visitArray(items: readonly unknown[], name: string, tree: KindTree | undefined): void {
    const inner = tree?.items ?? tree;
    for (let index = 0; index < items.length; index += 1) {
      this.#steps.push(index);
      this.#visit(items[index], name, inner);
      this.#steps.pop();
    }
  }

  #visitObject(holder: Record<string, unknown>, name: string, tree: KindTree | undefined): void {
    const keys = Object.keys(holder);
    if (this.#smugglesOperators(keys, name, tree)) this.#report("injection.operator");
    for (const key of keys) {
      this.#steps.push(key);
      this.#visit(holder[key], key, tree?.properties.get(key));
      this.#steps.pop();
    }
  }

  /** Operators of a query language where the tool wants a plain value; code in them, wherever. */
  #smugglesOperators(keys: readonly string[], name: string, tree: KindTree | undefined): boolean {
    if (keys.some((key) => !tree?.properties.has(key) && smuggling.test(key))) return true;
    if (!keys.some((key) => key.startsWith("$"))) return false;
    if (keys.some((key) => /^\$(?:where|function|accumulator)$/.test(key))) return true;
    if (name === "" || tree?.isObject || isWithinFilter.test(this.#path())) return false;
    const isPlain = this.#kindOf(name, tree) === "id" || traitsOfName(name).isSecret;
    return isPlain && keys.every((key) => /^\$[a-z]/.test(key));
  }

  #inspectText(text: string, name: string, tree: KindTree | undefined): void {
    const traits = tree?.traits ?? traitsOfName(name);
    if (traits.isIncluded && !tree?.tellsOfAddress && isAddress(text))
      this.#report("injection.inclusion");
    const kind = this.#kindOf(name, tree);
    if (kind === undefined) this.#inspectUnnamed(text, traits);
    if (kind === "text" && traits.isShown)
      for (const rule of findInShortText(traits, text)) this.#report(rule);
    if (kind === undefined || kind === "text" || kind === "code") return;
    const found = new Set<string>();
    const look = (piece: string) => {
      for (const rule of findInjections(piece, kind, this.#settings, tree?.reach)) found.add(rule);
    };
    if (!this.#looksAtAll(text, kind, look)) found.add("scan.truncated");
    for (const rule of found) this.#report(rule);
  }

  #inspectUnnamed(text: string, { isSecret }: NameTraits): void {
    // Those who make passwords mix signs; only what is put into a statement has blanks, too.
    if (isSecret && !/\s/.test(text)) return;
    for (const rule of findInUnnamed(text)) this.#report(rule);
  }

  /** Whether there was work left for all of it, and it is not too long. */
  #looksAtAll(text: string, kind: ArgumentKindName, look: (piece: string) => void): boolean {
    try {
      for (const piece of piecesOf(text, longestOf(kind))) {
        this.#budget.spendWork(workOn(Math.min(piece.length, pieceLength)));
        look(piece);
      }
    } catch (error) {
      if (!(error instanceof WorkUsedUp)) throw error;
      return false;
    }
    return text.length <= longestOf(kind);
  }

  /** Undefined: nothing tells. */
  #kindOf(name: string, tree: KindTree | undefined): ArgumentKindName | undefined {
    const { kinds } = this.#settings;
    const said = kinds.size > 0 ? (kinds.get(this.#path()) ?? kinds.get(name)) : undefined;
    return said ?? tree?.kind ?? kindOfName(name);
  }

  /** Names joined by "/", as the policy writes them. */
  #path(): string {
    return this.#steps.filter((step) => typeof step === "string").join("/");
  }

  #report(rule: string): void {
    const pointer = new Pointer();
    for (const step of this.#steps) pointer.push(typeof step === "string" ? shownName(step) : step);
    this.#onFound(rule, `${pointer}`);
  }
}

/** Of all detectors together, compared with reading: the longer a value is, the more signs of more kinds of payloads it has. */
function workOn(length: number): number {
  return Math.min(length, usualLength) * 12 + Math.max(0, length - usualLength) * 96;
}

/** A name that an agent chose may be a secret or a message: only what looks like a name is shown. */
function shownName(name: string): string {
  return /^[A-Za-z_$][\w.$-]{0,39}$/.test(name) && !/\d{4}/.test(name) ? name : "(key)";
}

function longestOf(kind: ArgumentKindName): number {
  return kind === "sql" || kind === "shell" ? longestProgram : longestName;
}

/** All of a text, or of a longer one its beginning and its end. */
function* piecesOf(text: string, longest: number): Generator<string> {
  const step = pieceLength - overlap;
  const end = Math.min(text.length, longest);
  for (let from = 0; from === 0 || from + overlap < end; from += step) {
    yield text.length <= pieceLength ? text : text.slice(from, from + pieceLength);
  }
  if (text.length > longest) yield text.slice(-pieceLength);
}
