import { hash } from "node:crypto";
import { canonicalDefinition } from "../../core/pins/definition.ts";
import {
  type DefinitionKind,
  type DefinitionName,
  keyOf,
} from "../../core/pins/definition-kind.ts";
import { serverKeyOf } from "../../core/pins/server-key.ts";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type {
  DefinitionActionName,
  DefinitionSettings,
} from "../../core/policy/compiled-scanning.ts";
import type { ListedDefinition } from "./listed-definition.ts";
import type { PinReporter } from "./pin-reporter.ts";
import type { PinEffect, PinTable, Standing } from "./pin-table.ts";
import type { Poison } from "./poison.ts";

/** What becomes of one definition. */
export interface DefinitionVerdict {
  /** "unseen": it could not be recorded. "poisoned": nobody can accept it. "locked": it is new, and nobody is asked about it. */
  readonly standing: Standing | "poisoned" | "locked";
  readonly action: DefinitionActionName;
}

interface Review {
  readonly upstream: CompiledUpstream;
  /** Of one kind. */
  readonly listed: readonly ListedDefinition[];
  /** Whether the upstream has no others of the kind. */
  readonly isWhole: boolean;
  readonly settingsOf: (named: DefinitionName) => DefinitionSettings;
}

interface Judged {
  readonly server: string;
  readonly one: ListedDefinition;
  /** Undefined: nobody wants to know. */
  readonly standing: Standing | undefined;
}

const shown: DefinitionVerdict = { standing: "accepted", action: "off" };
/** Digests of so many texts are remembered: lists are long, and mostly as they were. */
const maxRemembered = 20_000;
/** Longer names are not recorded, so what has them is not accepted. */
const maxNameLength = 2_048;

/** Holds what servers say to the definitions that were accepted. What was seen before is judged in memory; only what is new goes to Redis. */
export class DefinitionPins {
  readonly #table: PinTable;
  readonly #reporter: PinReporter;
  readonly #byObject = new WeakMap<object, string>();
  readonly #byText = new Map<string, string>();

  readonly #poisonIn: (one: ListedDefinition) => Poison;
  readonly #poisonByText = new Map<string, Poison>();
  readonly #onEffect: (effect: PinEffect) => void;
  /** What has another definition now than was accepted, on servers that are locked: nobody else tells of it. */
  readonly #lockedOut = new Set<string>();

  constructor(options: {
    readonly table: PinTable;
    readonly reporter: PinReporter;
    readonly poisonIn: (one: ListedDefinition) => Poison;
    /** Told of definitions that are not what they were, and that are not reported to others. */
    readonly onEffect: (effect: PinEffect) => void;
  }) {
    this.#table = options.table;
    this.#reporter = options.reporter;
    this.#poisonIn = options.poisonIn;
    this.#onEffect = options.onEffect;
  }

  /** A verdict for each of the definitions, in their order. Never rejects: what cannot be recorded is not accepted. */
  async review({ upstream, listed, isWhole, settingsOf }: Review): Promise<DefinitionVerdict[]> {
    const server = serverKeyOf(upstream);
    const looked = listed.map((one) => ({ one, settings: settingsOf(one) }));
    const standings = () =>
      looked.map(({ one, settings }) => (isOff(settings) ? undefined : this.#judge(server, one)));
    let found = standings();
    const unseen = looked.filter((_, index) => found[index] === "unseen");
    const reported = unseen.filter(({ settings }) => settings.trust !== "locked");
    if (reported.length > 0) {
      const keys = isWhole ? new Set(listed.map(keyOf)) : undefined;
      await this.#reporter.report({ server, upstream: upstream.name, seen: reported, keys });
      found = standings();
    }
    const verdicts = looked.map(({ one, settings }, index) => {
      const standing = found[index];
      return this.#verdictOn({ server, one, standing }, settings);
    });
    if (this.#noteLockedOut(server, listed, verdicts)) {
      this.#onEffect({ server, visible: new Set() });
    }
    return verdicts;
  }

  /** As {@link review}, as far as it is known here. */
  recall(
    upstream: CompiledUpstream,
    one: ListedDefinition,
    settings: DefinitionSettings,
  ): DefinitionVerdict {
    if (isOff(settings)) return shown;
    const server = serverKeyOf(upstream);
    return this.#verdictOn({ server, one, standing: this.#judge(server, one) }, settings);
  }

  /** The instructions that were accepted last, in the place of others. Undefined: there are none that agents may see. */
  instructionsInstead(
    upstream: CompiledUpstream,
    settings: DefinitionSettings,
  ): string | undefined {
    const instructions = this.#table.instructions(serverKeyOf(upstream));
    if (instructions === undefined) return undefined;
    const one = { kind: "instructions", name: "", said: { instructions } } as const;
    const { standing, action } = this.recall(upstream, one, settings);
    return standing === "accepted" && action === "off" ? instructions : undefined;
  }

  /** Whether some definition was seen under the name that waits or was rejected. */
  isDoubtful(upstream: CompiledUpstream, named: DefinitionName): boolean {
    return this.#table.isDoubtful(serverKeyOf(upstream), named);
  }

  /** All such names of a kind. */
  doubtful(upstream: CompiledUpstream, kind: DefinitionKind): readonly string[] {
    return this.#table.doubtful(serverKeyOf(upstream), kind);
  }

  #verdictOn({ server, one, standing }: Judged, settings: DefinitionSettings): DefinitionVerdict {
    const { poisoning } = settings;
    if (standing === undefined) return shown;
    if (poisoning === "block" && this.#poison(one).isCertain)
      return { standing: "poisoned", action: "quarantine" };
    if (standing === "accepted") return shown;
    const isKnown = standing === "unseen" && this.#table.knows(server, one);
    const judged = verdictOf(isKnown ? "changed" : standing, settings);
    const isLocked = standing === "unseen" && settings.trust === "locked";
    const verdict = isLocked ? { ...judged, standing: "locked" as const } : judged;
    // Who lets new and changed definitions pass does not mean these.
    const isHeld = poisoning === "quarantine" || poisoning === "block";
    if (!isHeld || verdict.action === "quarantine" || !this.#poison(one).isGrave) return verdict;
    return { ...verdict, action: "quarantine" };
  }

  /** Whether any is news: calls may still be held to the definition before. */
  #noteLockedOut(
    server: string,
    listed: readonly ListedDefinition[],
    verdicts: readonly DefinitionVerdict[],
  ): boolean {
    const isQuiet = !verdicts.some(({ standing }) => standing === "locked");
    if (isQuiet && this.#lockedOut.size === 0) return false;
    const changed = listed.filter((one, index) => {
      const key = `${server} ${keyOf(one)}`;
      const isOut = verdicts[index]?.standing === "locked" && this.#table.knows(server, one);
      if (!isOut) this.#lockedOut.delete(key);
      else if (!this.#lockedOut.has(key)) {
        if (this.#lockedOut.size >= maxRemembered) this.#lockedOut.clear();
        this.#lockedOut.add(key);
        return true;
      }
      return false;
    });
    return changed.length > 0;
  }

  #poison(one: ListedDefinition): Poison {
    const key = this.#digestOf(one.said);
    const known = this.#poisonByText.get(key);
    if (known) return known;
    const poison = this.#poisonIn(one);
    if (this.#poisonByText.size >= maxRemembered) this.#poisonByText.clear();
    if (key !== "") this.#poisonByText.set(key, poison);
    return poison;
  }

  #judge(server: string, one: ListedDefinition): Standing {
    if (one.name.length > maxNameLength) return "pending";
    const digest = this.#digestOf(one.said);
    return digest === "" ? "pending" : this.#table.standingOf(server, one, digest);
  }

  /** Empty: it has no canonical form. */
  #digestOf(said: ListedDefinition["said"]): string {
    const known = this.#byObject.get(said);
    if (known !== undefined) return known;
    const digest = this.#digestByText(said);
    this.#byObject.set(said, digest);
    return digest;
  }

  #digestByText(said: ListedDefinition["said"]): string {
    const key = textKeyOf(said);
    const known = key === undefined ? undefined : this.#byText.get(key);
    if (known !== undefined) return known;
    const digest = canonicalDefinition(said)?.digest ?? "";
    if (this.#byText.size >= maxRemembered) this.#byText.clear();
    if (key !== undefined) this.#byText.set(key, digest);
    return digest;
  }
}

/** Undefined where it is nested beyond measure. */
function textKeyOf(said: ListedDefinition["said"]): string | undefined {
  try {
    return hash("sha256", JSON.stringify(said));
  } catch {
    return undefined;
  }
}

function verdictOf(
  standing: Exclude<Standing, "accepted">,
  { changed, unseen }: DefinitionSettings,
): DefinitionVerdict {
  if (standing === "changed" || standing === "rejected") return { standing, action: changed };
  return { standing, action: unseen };
}

function isOff({ changed, unseen, poisoning }: DefinitionSettings): boolean {
  return changed === "off" && unseen === "off" && poisoning !== "block";
}
