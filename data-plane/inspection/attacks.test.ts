import { describe, expect, it } from "vitest";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type {
  ArgumentKindName,
  PersonalDataName,
  ScanSettings,
} from "../../core/policy/compiled-scanning.ts";
import type { Carry } from "./carry.ts";
import { findInjections } from "./injection/find-injections.ts";
import { Inspector } from "./inspector.ts";
import { holdsBlob } from "./opaque-fields.ts";
import { catalog } from "./rules/catalog.ts";
import { expandExample } from "./rules/expand-example.ts";
import { ScanBudget } from "./scan-budget.ts";
import { scanCopy } from "./scan-copy.ts";
import { SecretFinder } from "./secret-finder.ts";

const types: readonly PersonalDataName[] = ["card", "iban", "email", "ssn", "phone"];
const settings: ScanSettings = {
  ...defaultScanSettings,
  arguments: { ...defaultScanSettings.arguments, secrets: "block", injection: "block" },
  results: {
    secrets: "block",
    hiddenCharacters: "log",
    personalData: "log",
    personalDataTypes: types,
    promptInjection: "block",
    promptInjectionFrom: "certain",
    links: "block",
  },
};
const inspector = new Inspector({ redactionKey: Buffer.alloc(32, 3) });
const inspect = (result: unknown, carry?: Carry) =>
  inspector.inspectMessage({
    message: { jsonrpc: "2.0", id: 1, result },
    settings,
    ...(carry && { carry }),
  });
const rulesIn = (text: string) =>
  inspect({ content: [{ type: "text", text }] }).findings.map(({ rule }) => rule);

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
const percent = (text: string) => [...Buffer.from(text)].map((it) => `%${hex(it, 2)}`).join("");
const lookAlikes: Readonly<Record<string, string>> = {
  a: "\u0430",
  c: "\u0441",
  e: "\u0435",
  i: "\u0456",
  o: "\u043e",
  p: "\u0440",
};

interface Disguise {
  readonly name: string;
  readonly put: (text: string) => string;
  /** Why nothing is to be found, where that is so. */
  readonly exempts?: (rule: string, plain: string) => string | undefined;
}

const isToken = (rule: string) =>
  rule.startsWith("secrets.") ? "with another letter it is another token" : undefined;
const isRun = (rule: string) =>
  /^injection\.(?:sql|shell)\../.test(rule) ? "nobody decodes it before it runs" : undefined;

const disguises: readonly Disguise[] = [
  { name: "with invisible characters between", put: (text) => [...text].join("\u200b") },
  {
    name: "in letters that look alike",
    put: (text) => text.replaceAll(/[aceiop]/g, (letter) => lookAlikes[letter] ?? letter),
    exempts: (rule) =>
      isToken(rule) ?? (rule.startsWith("injection.shell.") ? "a shell is not fooled" : undefined),
  },
  {
    name: "in capitals",
    put: (text) => text.toUpperCase(),
    exempts: (rule) =>
      isToken(rule) ??
      (/^injection\.(?:script|deserialization)$/.test(rule) ? "case matters" : undefined),
  },
  {
    name: "full width",
    put: (text) =>
      text.replaceAll(/[!-~]/g, (it) => String.fromCharCode(it.charCodeAt(0) + 0xfee0)),
  },
  { name: "in percent escapes", put: percent, exempts: isRun },
  {
    name: "in percent escapes of percent escapes",
    put: (text) => percent(percent(text)),
    exempts: isRun,
  },
  {
    name: "in \\u escapes",
    put: (text) => [...text].map((it) => `\\u${hex(it.charCodeAt(0), 4)}`).join(""),
    exempts: isRun,
  },
  {
    name: "in entities",
    put: (text) => [...text].map((it) => `&#${it.codePointAt(0)};`).join(""),
    exempts: isRun,
  },
  {
    name: "in base64",
    put: (text) => Buffer.from(text).toString("base64"),
    exempts: (rule, plain) => {
      if (rule.startsWith("injection.")) return "no server decodes a name";
      return plain.length < 18 ? "runs of 24 letters are read" : undefined;
    },
  },
];

/** Without what only stands in questions of servers. */
const ofTexts = catalog.filter(
  ({ id }) => /^(?:secrets|personal|prompt-injection|links)/.test(id) && id !== "links.question",
);
/** Without those that the policy has to name something for, and the one that is about a disguise itself. */
const ofValues = catalog.filter(
  ({ id }) =>
    /^injection\./.test(id) &&
    !/outside-roots|url\.(?:host|confusable-host)|verb|shell\.command/.test(id),
);

function rulesOfValue(id: string, value: string): readonly string[] {
  const kind = (/^injection\.(path|url|sql|shell)\./.exec(id)?.[1] ?? "id") as ArgumentKindName;
  return findInjections(value, kind, settings.arguments);
}

describe.each(disguises)("$name", ({ put, exempts }) => {
  it.each(ofTexts)("what $id finds is still found", ({ id, examples }) => {
    for (const example of examples.found) {
      const plain = expandExample(example);
      if (exempts?.(id, plain) !== undefined) continue;
      const [family] = id.split(".");
      expect(
        rulesIn(put(plain)).map((rule) => rule.split(".")[0]),
        example,
      ).toContain(family);
    }
  });

  it.each(ofValues)("what $id refuses is still refused", ({ id, examples }) => {
    for (const example of examples.found) {
      const plain = expandExample(example);
      if (exempts?.(id, plain) !== undefined) continue;
      expect(rulesOfValue(id, put(plain)), example).not.toEqual([]);
    }
  });
});

describe("a tool's schema", () => {
  const call = (inputSchema: unknown, args: Record<string, unknown>) =>
    inspector.inspectArguments({
      arguments: args,
      inputSchema,
      settings: {
        ...settings,
        arguments: { ...settings.arguments, schema: "block", injection: "off" },
      },
    });
  const nested = (depth: number) => {
    let schema: Record<string, unknown> = { type: "string" };
    for (let level = 0; level < depth; level += 1)
      schema = { type: "object", properties: { a: schema } };
    return schema;
  };

  it.each([
    ["^(a+)+$", `${"a".repeat(5_000)}!`],
    ["^(a|a)*b$", "a".repeat(5_000)],
    ["^(\\w+\\s?)*$", `${"word ".repeat(1_000)}!`],
    ["(.*)*x$", "y".repeat(5_000)],
  ])("with the pattern %s answers, and refuses what does not fit", (pattern, value) => {
    const schema = { type: "object", properties: { a: { type: "string", pattern } } };
    expect(call(schema, { a: value })).toMatchObject({ kind: "blocked" });
  });

  it("whose pattern is made to be read slowly is read", () => {
    const pattern = `^ {000${"}[^,]{000".repeat(27)}\0`;
    const schema = { type: "object", properties: { a: { type: "string", pattern } } };
    expect(["clean", "blocked"]).toContain(call(schema, { a: "x" }).kind);
  });

  it.each([100, 3_000])("that is %d deep is refused, and not run out of stack by", (depth) => {
    expect(call(nested(depth), { a: {} })).toMatchObject({ kind: "blocked" });
  });

  it("that wants what every object inherits gets its own", () => {
    const schema = { type: "object", required: ["constructor"] };
    expect(call(schema, {})).toMatchObject({ kind: "blocked" });
  });
});

describe("a message", () => {
  const token = expandExample("glpat-<base62 20>");

  it.each([100, 3_000])("that is nested %d deep is stopped", (depth) => {
    const value = JSON.parse("[".repeat(depth) + "]".repeat(depth));
    expect(inspect(value).findings.map(({ rule }) => rule)).toContain("scan.limits");
    const args = { settings, arguments: { value } };
    expect(inspector.inspectArguments(args).kind).toBe("blocked");
  });

  it("hides nothing behind a megabyte of keywords", () => {
    for (const word of ["ignore all ", "password= ", "sk- ", "eyJ ", "a@b ", "1 or 1 "]) {
      const text = word.repeat(1_048_576 / word.length) + token;
      const rules = rulesIn(text).map((rule) => rule.split(".")[0]);
      expect(rules.some((rule) => rule === "secrets" || rule === "scan")).toBe(true);
    }
  });

  it("hides nothing under __proto__, and changes no prototype", () => {
    const result = JSON.parse(`{"__proto__": {"a": "${token}"}, "constructor": {"prototype": 1}}`);
    expect(inspect(result).kind).toBe("blocked");
    expect(Object.hasOwn(Object.prototype, "a")).toBe(false);
    const args = JSON.parse(`{"__proto__": {"a": "${token}"}}`);
    expect(inspector.inspectArguments({ settings, arguments: args }).kind).toBe("blocked");
  });

  it("that is one of several with a part of a secret each is found with the last", () => {
    const carry: Carry = { tail: "" };
    const say = (data: string) =>
      inspector.inspectMessage({
        message: { jsonrpc: "2.0", method: "notifications/message", params: { data } },
        settings,
        carry,
      });
    expect(say(`it is ${token.slice(0, 12)}`).findings).toEqual([]);
    expect(say(token.slice(12)).findings.map(({ rule }) => rule)).toContain("secrets.gitlab-token");
  });

  it("with a picture of line ends only is no work", () => {
    const data = `${"\n".repeat(1_000_000)}\0`;
    expect(holdsBlob("data", { type: "image", data })).toBe(false);
  });

  it("of marks in disorder, or of characters that stand for eighteen others, is no work", () => {
    for (const filling of ["\u0301\u0316", "\ufdfa"]) {
      const text = `\uff41${filling.repeat(250_000)}\uff47lpat-${token.slice(6)}`;
      expect(rulesIn(text)).toContain("secrets.gitlab-token");
      for (const kind of ["id", "path", "sql", "shell", "url"] as const) {
        const kinds = new Map([["a", kind]]);
        const asked = { ...settings, arguments: { ...settings.arguments, kinds } };
        const verdict = inspector.inspectArguments({ arguments: { a: text }, settings: asked });
        expect(verdict.kind).toBe("blocked");
      }
    }
  });

  it("of one word of two scripts is no work", () => {
    expect(scanCopy(`${"A".repeat(1_000_000)}\u0131`)).toHaveLength(1_000_001);
  });
});

/** Counts what a scan asks for, in windows and in characters read. */
class CountingBudget extends ScanBudget {
  windows = 0;
  characters = 0;

  override spendWindow(units = 1): void {
    this.windows += units;
  }

  override spendCharacters(count: number): void {
    this.characters += count;
  }
}

describe("work", () => {
  const finder = new SecretFinder();
  const workFor = (text: string) => {
    const budget = new CountingBudget(1e9);
    finder.find(text, budget);
    return budget;
  };

  it.each(["password=token=secret: api_key=", " eyJ-eyJhbGciOi.eyJ sk-ant- ghp_ AKIA", "a", "|"])(
    "on %j grows with the text, and no faster",
    (part) => {
      const small = workFor(part.repeat(65_536 / part.length));
      const large = workFor(part.repeat(1_048_576 / part.length));
      expect(large.characters).toBeLessThanOrEqual(small.characters * 17);
      expect(large.windows).toBeLessThanOrEqual(small.windows * 17);
      expect(large.windows).toBeLessThanOrEqual(1_048_576);
    },
  );
});

describe("whatever comes", () => {
  let state = 20_261_122;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pieces = [
    "ignore all ",
    "{{",
    "'",
    "%2e",
    "\\u00",
    "&#",
    "../",
    "AKIA",
    "<a ",
    "=",
    "@",
    "://",
  ];
  const character = () => {
    const kind = random(5);
    if (kind === 0) return pieces[random(pieces.length)] ?? "";
    if (kind === 1) return String.fromCharCode(random(65_536));
    return kind === 2 ? String.fromCodePoint(random(0x110000)) : String.fromCharCode(random(128));
  };
  const text = () => Array.from({ length: random(80) }, character).join("");
  const value = (depth: number): unknown => {
    const kind = random(depth > 4 ? 4 : 6);
    if (kind === 4) return Array.from({ length: random(5) }, () => value(depth + 1));
    if (kind === 5) {
      const entries = Array.from({ length: random(5) }, () => [text(), value(depth + 1)]);
      return Object.fromEntries(entries);
    }
    return [text(), random(1e9) / 7, random(2) === 0, null][kind];
  };

  it("gets a verdict", () => {
    const kinds = new Set(["clean", "redacted", "held", "blocked"]);
    for (let round = 0; round < 1_500; round += 1) {
      expect(kinds).toContain(inspect(value(0)).kind);
      const args = { url: text(), path: text(), id: text(), sql: text(), command: value(0) };
      expect(kinds).toContain(inspector.inspectArguments({ arguments: args, settings }).kind);
      for (const rule of rulesIn(text())) expect(catalog.map(({ id }) => id)).toContain(rule);
    }
  });
});
