import { beforeEach, describe, expect, it, vi } from "vitest";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { Inspector } from "./inspector.ts";
import { Prefilter } from "./prefilter.ts";
import { QuietKeys } from "./quiet-keys.ts";
import { expandExample } from "./rules/expand-example.ts";

const token = expandExample("ghp_<base62+checksum 30>");
const settings: ScanSettings = {
  ...defaultScanSettings,
  results: { ...defaultScanSettings.results, secrets: "redact" },
};
let inspector = new Inspector({ redactionKey: Buffer.alloc(32, 7) });

/** Every name and value that is looked at is glanced at first. */
const glances = vi.spyOn(Prefilter.prototype, "glance");
const glancesAt = (text: string) => glances.mock.calls.filter(([it]) => it === text).length;

beforeEach(() => {
  inspector = new Inspector({ redactionKey: Buffer.alloc(32, 7) });
  glances.mockClear();
});

function inspect(structuredContent: object, how: { readonly tenant?: string } = {}) {
  const scope = how.tenant === undefined ? {} : { scope: { tenant: how.tenant, atMs: 0 } };
  return inspector.inspectMessage({
    message: { result: { structuredContent } },
    settings,
    ...scope,
  });
}

describe("the name of a field in which there was nothing", () => {
  it("is looked at once, in however many rows it stands", () => {
    inspect({ rows: Array.from({ length: 20 }, (_, row) => ({ shipped: `order ${row}` })) });
    inspect({ shipped: "order 21" });

    expect(glancesAt("shipped")).toBe(1);
    expect(glancesAt("order 21")).toBe(1);
  });

  it("is looked at again for another tenant, who could tell by the time else what others have", () => {
    inspect({ shipped: "order 1" }, { tenant: "one" });
    inspect({ shipped: "order 1" }, { tenant: "other" });

    expect(glancesAt("shipped")).toBe(2);
  });

  it("hides nothing of what stands beneath it", () => {
    inspect({ shipped: "order 1" });

    expect(inspect({ shipped: token })).toMatchObject({ kind: "redacted" });
  });
});

describe("the name of a field in which there was something", () => {
  it("is found each time", () => {
    const verdicts = [1, 2, 3].map(() => inspect({ [token]: "order 1" }));

    for (const { findings } of verdicts) {
      expect(findings).toContainEqual(expect.objectContaining({ rule: "secrets.github-token" }));
    }
  });
});

describe("names that are remembered", () => {
  it("are short ones", () => {
    const keys = new QuietKeys();
    keys.add("a".repeat(64));
    keys.add("b".repeat(65));

    expect([keys.has("a".repeat(64)), keys.has("b".repeat(65))]).toEqual([true, false]);
  });

  it("are forgotten where there are too many", () => {
    const keys = new QuietKeys();
    for (let key = 0; key <= 4_096; key += 1) keys.add(`key ${key}`);

    expect([keys.has("key 0"), keys.has("key 4096")]).toEqual([false, true]);
  });
});
