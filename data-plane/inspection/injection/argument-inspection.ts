import type {
  ArgumentKindName,
  ArgumentScanSettings,
} from "../../../core/policy/compiled-scanning.ts";
import { type ScanBudget, WorkUsedUp } from "../scan-budget.ts";
import { Pointer } from "../value-walk.ts";
import { findInjections } from "./find-injections.ts";
import { type KindTree, kindOfName, kindsOfSchema } from "./resolve-kinds.ts";

/** Longer values are looked at in pieces that overlap: none of the shapes is longer than the overlap. */
const pieceLength = 4_096;
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

export type OnInjection = (rule: string, pointer: string) => void;

interface Place {
  readonly name: string;
  /** Names joined by "/", as the policy writes them. */
  readonly path: string;
  readonly tree: KindTree | undefined;
}

/** Looks for payloads in arguments, each by what its schema, its name and the policy say it is. */
export class ArgumentInspection {
  readonly #settings: ArgumentScanSettings;
  readonly #budget: ScanBudget;
  readonly #onFound: OnInjection;
  readonly #pointer = new Pointer();

  constructor(settings: ArgumentScanSettings, budget: ScanBudget, onFound: OnInjection) {
    this.#settings = settings;
    this.#budget = budget;
    this.#onFound = onFound;
  }

  /** `schema`: of the tool, where it is known. The value is within the bounds of a {@link ValueWalk}. */
  inspect(value: unknown, schema: unknown): void {
    this.#visit(value, { name: "", path: "", tree: kindsOfSchema(schema) }, 0);
  }

  #visit(value: unknown, place: Place, depth: number): void {
    if (typeof value === "string") this.#inspectText(value, place);
    else if (Array.isArray(value)) {
      const inner = { ...place, tree: place.tree?.items ?? place.tree };
      value.forEach((item, index) => {
        this.#within(String(index), () => this.#visit(item, inner, depth + 1));
      });
    } else if (typeof value === "object" && value !== null && depth < maxDepth) {
      this.#visitObject(value as Record<string, unknown>, place, depth);
    }
  }

  #visitObject(holder: Record<string, unknown>, place: Place, depth: number): void {
    if (this.#smugglesOperators(holder, place)) this.#report("injection.operator");
    for (const [name, value] of Object.entries(holder)) {
      const path = place.path === "" ? name : `${place.path}/${name}`;
      const inner = { name, path, tree: place.tree?.properties.get(name) };
      this.#within(shownName(name), () => this.#visit(value, inner, depth + 1));
    }
  }

  /** Operators of a query language where the tool wants a plain value; code in them, wherever. */
  #smugglesOperators(holder: Record<string, unknown>, place: Place): boolean {
    const keys = Object.keys(holder);
    if (keys.some((key) => /^\$(?:where|function|accumulator)$/.test(key))) return true;
    if (place.name === "" || place.tree?.isObject || isWithinFilter.test(place.path)) return false;
    return (
      this.#kindOf(place) === "id" && keys.length > 0 && keys.every((key) => /^\$[a-z]/.test(key))
    );
  }

  #inspectText(text: string, place: Place): void {
    const kind = this.#kindOf(place);
    if (kind === "text" || kind === "code") return;
    const found = new Set<string>();
    if (
      !this.#looksAtAll(text, kind, (piece) => {
        for (const rule of findInjections(piece, kind, this.#settings, place.tree?.reach))
          found.add(rule);
      })
    )
      found.add("scan.truncated");
    for (const rule of found) this.#report(rule);
  }

  /** Whether there was work left for all of it, and it is not too long. */
  #looksAtAll(text: string, kind: ArgumentKindName, look: (piece: string) => void): boolean {
    try {
      for (const piece of piecesOf(text, longestOf(kind))) {
        this.#budget.spendWork(Math.min(piece.length, pieceLength) * 8);
        look(piece);
      }
    } catch (error) {
      if (!(error instanceof WorkUsedUp)) throw error;
      return false;
    }
    return text.length <= longestOf(kind);
  }

  #kindOf({ name, path, tree }: Place): ArgumentKindName {
    const { kinds } = this.#settings;
    return kinds.get(path) ?? kinds.get(name) ?? tree?.kind ?? kindOfName(name) ?? "text";
  }

  #within(part: string, visit: () => void): void {
    this.#pointer.push(part);
    visit();
    this.#pointer.pop();
  }

  #report(rule: string): void {
    this.#onFound(rule, this.#pointer.toString());
  }
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
