import { describe, expect, it } from "vitest";
import { SchemaValidator } from "./schema-validator.ts";

const validator = new SchemaValidator();
const kindOf = (schema: unknown, value: unknown) => validator.validate(schema, value).kind;

/** Thirty definitions that each refer to the next twice. */
function doubling(leaf: unknown): unknown {
  const names = Array.from({ length: 30 }, (_, index) => index);
  const definitions = names.map((index) => {
    const next = index === 29 ? leaf : { $ref: `#/$defs/d${index + 1}` };
    return [`d${index}`, { anyOf: [next, next], allOf: [next, next] }];
  });
  return { $ref: "#/$defs/d0", $defs: Object.fromEntries(definitions) };
}

describe("a schema", () => {
  it("decides about values", () => {
    const schema = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
    expect(kindOf(schema, { a: 1 })).toBe("valid");
    expect(kindOf(schema, { a: "1" })).toBe("invalid");
    expect(kindOf(schema, {})).toBe("invalid");
  });

  it("does not take inherited names for arguments", () => {
    expect(kindOf({ required: ["constructor"] }, {})).toBe("invalid");
  });

  it("of draft 7 means what it meant then", () => {
    const tuple = { items: [{ type: "string" }, { type: "number" }], additionalItems: false };
    const declared = { $schema: "http://json-schema.org/draft-07/schema#", ...tuple };
    for (const schema of [declared, tuple]) {
      expect(kindOf(schema, ["a", 1])).toBe("valid");
      expect(kindOf(schema, ["a", 1, 2])).toBe("invalid");
    }
  });

  it("of 2020-12 means what it means now", () => {
    const schema = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "https://example.org/a",
      prefixItems: [{ type: "string" }],
      items: false,
    };
    expect(kindOf(schema, ["a"])).toBe("valid");
    expect(kindOf(schema, ["a", 1])).toBe("invalid");
    expect(kindOf({ ...schema, title: "the same id again" }, ["a"])).toBe("valid");
  });

  it("may be recursive", () => {
    const schema = {
      type: "object",
      properties: { child: { $ref: "#" }, name: { type: "string" } },
      additionalProperties: false,
    };
    expect(kindOf(schema, { child: { child: { name: "a" } } })).toBe("valid");
    expect(kindOf(schema, { child: { child: { name: 1 } } })).toBe("invalid");
  });

  it("checks formats that are clear, and leaves the others to the tool", () => {
    expect(kindOf({ format: "email" }, "nobody")).toBe("invalid");
    expect(kindOf({ format: "made-up" }, "anything")).toBe("valid");
  });

  it("finds equal items, whatever the order of keys", () => {
    const schema = { uniqueItems: true };
    expect(
      kindOf(schema, [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toBe("invalid");
    expect(kindOf(schema, [{ a: 1 }, { a: 2 }])).toBe("valid");
  });
});

describe("a hostile schema", () => {
  it.each([
    ["refers to the network", { $ref: "https://example.org/schema.json" }],
    ["is too large", { description: "x".repeat(300_000) }],
    ["is too deep", JSON.parse(`${'{"not":'.repeat(100)}{}${"}".repeat(100)}`)],
    [
      "has too many properties",
      { properties: Object.fromEntries(Array.from({ length: 2_001 }, (_, it) => [`p${it}`, {}])) },
    ],
    ["is not an object", "object"],
    ["is malformed", { type: "no such type" }],
    ["refers to itself without end", { $ref: "#" }],
    [
      "refers to itself between definitions",
      { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
    ],
  ])("that %s is refused, not thrown", (_, schema) => {
    expect(validator.validate(schema, { a: 1 })).toMatchObject({ kind: "unusable" });
  });

  it("does not make a check endless by references that double", () => {
    expect(kindOf(doubling({ type: "object" }), {})).toBe("unusable");
    expect(kindOf(doubling({ type: "string" }), {})).toBe("unusable");
    expect(kindOf({ enum: [doubling({ type: "object" })], $ref: "#/enum/0" }, {})).toBe("unusable");
  });

  it("does not make a check endless by a pattern", () => {
    const value = `${"a".repeat(50_000)}!`;
    for (const pattern of ["^(a+)+$", "^a*a*a*a*$", "(a|a)*b", "a+$", "^([a-z]+)*$"]) {
      expect(kindOf({ type: "string", pattern }, value), pattern).toBe("invalid");
    }
  });

  it("does not make a check long by a pattern that is long itself", () => {
    const pattern = "^((a|b|ab)*(a|b|ba)*){20}$";
    expect(kindOf({ type: "string", pattern }, "ab".repeat(200))).toBe("valid");
    expect(kindOf({ type: "string", pattern }, `${"a".repeat(250_000)}!`)).toBe("unusable");
  });

  it("does not make its first check long by very many alternatives", () => {
    const anyOf = Array.from({ length: 2_000 }, (_, it) => ({ required: [`k${it}`] }));
    expect(kindOf({ anyOf }, {})).toBe("unusable");
    expect(kindOf({ anyOf: anyOf.slice(0, 50) }, { k7: 1 })).toBe("valid");
  });

  it("does not make a check endless by very many patterns", () => {
    const many = { allOf: Array.from({ length: 200 }, (_, it) => ({ pattern: `(a|b)*c{${it}}` })) };
    expect(kindOf(many, "a".repeat(100_000))).toBe("unusable");
  });

  it("with a pattern that no linear engine runs is enforced but for that, and says so", () => {
    const schema = { properties: { a: { pattern: "^(?=x).*$" }, b: { type: "string" } } };
    expect(validator.validate(schema, { a: "y", b: "z" })).toEqual({
      kind: "valid",
      ignoresPatterns: true,
    });
    expect(kindOf(schema, { b: 1 })).toBe("invalid");
  });

  it("cannot run code through its names", () => {
    const name = "'];globalThis.wasRun=true;//\u2028\n*/globalThis.wasRun=true;";
    const schema = { properties: { [name]: { type: "string", enum: [name] } }, required: [name] };
    expect(kindOf(schema, { [name]: name })).toBe("valid");
    expect(globalThis).not.toHaveProperty("wasRun");
  });
});

describe("patterns", () => {
  it.each([
    ["^[a-z]+$", "abc", true],
    ["^[a-z]+$", "abC", false],
    ["^\\d{4}-\\d{2}-\\d{2}$", "2026-01-31", true],
    ["b", "abc", true],
    ["^(foo|bar)$", "bar", true],
    ["^[^/]+/[^/]+$", "a/b", true],
    ["\\p{L}", "é", true],
    ["^\\u0041$", "A", true],
  ])("%s on %s is %s, whichever engine runs it", (pattern, text, expected) => {
    expect(kindOf({ pattern }, text)).toBe(expected ? "valid" : "invalid");
  });
});
