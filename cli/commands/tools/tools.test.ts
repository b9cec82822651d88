import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import {
  ToolPinSchema,
  ToolVariantSchema,
  VariantState,
} from "../../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { describeDifference, describeVariant } from "./describe-variant.ts";
import { findVariant } from "./find-tool.ts";

const accepted = variant("a", VariantState.ACCEPTED, {
  name: "read",
  description: "Reads one file.",
  inputSchema: { properties: { path: { type: "string" } } },
});
const changed = variant("b", VariantState.WAITING, {
  name: "read",
  description: "Reads any\u200b file.",
  inputSchema: { properties: { path: { type: "string" }, "no\u202ete": { type: "string" } } },
});

it("shows words that changed, and invisible characters by their code point", () => {
  const shown = describeDifference(tool(changed, accepted), changed);

  expect(shown).toContain("~ /description: Reads [-one -]{+any<U+200B> +}file.");
  expect(shown).toContain("+ /inputSchema/properties/no<U+202E>te/type: string");
  expect(shown).toContain(`- ${"a".repeat(64)} (accepted)`);
});

it("shows all of a definition before which nothing was accepted", () => {
  expect(describeDifference(tool(changed), changed)).toContain(
    "+ /description: Reads any<U+200B> file.",
  );
});

it("shows marks and risks so that they cannot forge a line", () => {
  const risky = { ...changed, marks: ["renamed: was a\nstate: accepted"], risks: ["longer"] };
  expect(describeVariant(risky)).toContain("! renamed: was a<U+000A>state: accepted\n! longer");
});

it("takes the beginning of a digest for the definition that was reviewed, and no other", () => {
  const both = tool(changed, accepted);
  expect(findVariant(both, "b".repeat(12))).toBe(both.variants[0]);
  expect(() => findVariant(both, "c".repeat(12))).toThrow("has no definition");
  expect(() => findVariant(both, "bbb")).toThrow("at least 12");
});

it("decides by itself only about the one that waits", () => {
  const other = variant("c", VariantState.WAITING, {});
  expect(findVariant(tool(changed, accepted), undefined).digest).toBe(changed.digest);
  expect(() => findVariant(tool(other, changed), undefined)).toThrow("2 definitions wait");
  expect(() => findVariant(tool(accepted), undefined)).toThrow("no definition of it waits");
});

function variant(digit: string, state: VariantState, definition: object) {
  return create(ToolVariantSchema, {
    digest: digit.repeat(64),
    state,
    definition: JSON.stringify(definition),
    seenBy: "proxy-1",
  });
}

function tool(...variants: ReturnType<typeof variant>[]) {
  return create(ToolPinSchema, { upstream: "up", name: "read", variants });
}
