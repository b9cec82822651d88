import { hash } from "node:crypto";
import { canonicalDefinition } from "../../core/pins/definition.ts";
import { serverKeyOf } from "../../core/pins/server-key.ts";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type {
  DefinitionActionName,
  DefinitionSettings,
} from "../../core/policy/compiled-scanning.ts";
import type { ListedTool } from "./listed-tool.ts";
import type { PinReporter } from "./pin-reporter.ts";
import type { PinTable, Standing } from "./pin-table.ts";

/** What becomes of one definition. */
export interface DefinitionVerdict {
  /** "unseen": it could not be recorded. */
  readonly standing: Standing;
  readonly action: DefinitionActionName;
}

interface Review {
  readonly upstream: CompiledUpstream;
  readonly tools: readonly ListedTool[];
  /** Whether the upstream has no others. */
  readonly isWhole: boolean;
  readonly settingsOf: (name: string) => DefinitionSettings;
}

const shown: DefinitionVerdict = { standing: "accepted", action: "off" };
/** Digests of so many texts are remembered: lists are long, and mostly as they were. */
const maxRemembered = 20_000;

/** Holds tools to the definitions that were accepted. What was seen before is judged in memory; only what is new goes to Redis. */
export class DefinitionPins {
  readonly #table: PinTable;
  readonly #reporter: PinReporter;
  readonly #byObject = new WeakMap<object, string>();
  readonly #byText = new Map<string, string>();

  constructor({ table, reporter }: { readonly table: PinTable; readonly reporter: PinReporter }) {
    this.#table = table;
    this.#reporter = reporter;
  }

  /** A verdict for each of the tools, in their order. Never rejects: what cannot be recorded is not accepted. */
  async review({ upstream, tools, isWhole, settingsOf }: Review): Promise<DefinitionVerdict[]> {
    const server = serverKeyOf(upstream);
    const looked = tools.map((tool) => ({ tool, settings: settingsOf(tool.name) }));
    const standings = () =>
      looked.map(({ tool, settings }) => (isOff(settings) ? undefined : this.#judge(server, tool)));
    let found = standings();
    const unseen = looked.filter((_, index) => found[index] === "unseen");
    const reported = unseen.filter(({ settings }) => settings.trust !== "locked");
    if (reported.length > 0) {
      const names = isWhole ? new Set(tools.map(({ name }) => name)) : undefined;
      await this.#reporter.report({ server, upstream: upstream.name, seen: reported, names });
      found = standings();
    }
    return looked.map(({ tool, settings }, index) => {
      const standing = found[index];
      if (standing === undefined || standing === "accepted") return shown;
      if (standing === "changed" || standing === "rejected") {
        return { standing, action: settings.changed };
      }
      if (this.#table.knows(server, tool.name) && standing === "unseen") {
        return { standing: "changed", action: settings.changed };
      }
      const isOffered = settings.trust !== "locked";
      return { standing: isOffered ? standing : "pending", action: settings.unseen };
    });
  }

  /** Whether some definition of the tool waits or was rejected. */
  isDoubtful(upstream: CompiledUpstream, name: string): boolean {
    return this.#table.isDoubtful(serverKeyOf(upstream), name);
  }

  #judge(server: string, tool: ListedTool): Standing {
    const digest = this.#digestOf(tool);
    return digest === "" ? "pending" : this.#table.standingOf(server, tool.name, digest);
  }

  /** Empty: it has no canonical form. */
  #digestOf(tool: ListedTool): string {
    const known = this.#byObject.get(tool);
    if (known !== undefined) return known;
    const digest = this.#digestByText(tool);
    this.#byObject.set(tool, digest);
    return digest;
  }

  #digestByText(tool: ListedTool): string {
    const key = keyOf(tool);
    const known = key === undefined ? undefined : this.#byText.get(key);
    if (known !== undefined) return known;
    const digest = canonicalDefinition(tool)?.digest ?? "";
    if (this.#byText.size >= maxRemembered) this.#byText.clear();
    if (key !== undefined) this.#byText.set(key, digest);
    return digest;
  }
}

/** Undefined where it is nested beyond measure. */
function keyOf(tool: ListedTool): string | undefined {
  try {
    return hash("sha256", JSON.stringify(tool));
  } catch {
    return undefined;
  }
}

function isOff({ changed, unseen }: DefinitionSettings): boolean {
  return changed === "off" && unseen === "off";
}
