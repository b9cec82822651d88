import { expect, it } from "vitest";
import { tokensOf, withValues } from "./in-place.ts";

const token = "[[mcpgw:email:abcdefghij]]";
const address = "u-abcdefghij@redacted.invalid";
const types = new Set(["email"]);
const values = new Map([
  [token, "ann@corp-y.com"],
  [address, "Ann@corp-y.com"],
]);

it("finds tokens of the wanted types in texts, and none in keys", () => {
  const value = { a: [`${token}, ${address}`, { b: 1 }], [token]: "[[mcpgw:iban:abcdefghij]]" };
  expect([...(tokensOf(value, types) ?? [])]).toEqual([
    [token, "email"],
    [address, "email"],
  ]);
});

it.each([
  `x${address}`,
  `a.${address}`,
  `${address}.example`,
  `${address}-x`,
  `-${address}`,
  `@${address}`,
  "[[mcpgw:email:abcdefghi]]",
  "[[mcpgw:email:abcdefghijk]]",
  "[[mcpgw:email:ABCDEFGHIJ]]",
  "[[MCPGW:email:abcdefghij]]",
  "[[not-mcpgw:email:abcdefghij]]",
  "u-abcdefghij@not-redacted.invalid",
])("%s is no token", (text) => {
  expect(withValues({ text }, values)).toEqual({ value: { text }, tokens: new Set() });
});

it.each([`<${address}>`, `mail ${address}.`, `"${address}",`, `${address};${address}`])(
  "%s holds one",
  (text) => {
    const put = withValues({ text }, values);
    expect(put?.value).toEqual({ text: text.replaceAll(address, "Ann@corp-y.com") });
    expect(put?.tokens).toEqual(new Set([address]));
  },
);

it("what a value says is not looked through for tokens again", () => {
  const nested = new Map([[token, `see ${token} and $& $1`]]);
  expect(withValues(token, nested)?.value).toBe(`see ${token} and $& $1`);
});

it("leaves keys such as __proto__ what they are, and what has no token as it is", () => {
  const value = JSON.parse(`{"__proto__": {"a": "${token}"}, "b": {"c": [1, null, "x"]}}`);
  const put = withValues(value, values)?.value as { b: object };
  expect(JSON.stringify(put)).toBe(JSON.stringify(value).replace(token, "ann@corp-y.com"));
  expect(put.b).toBe(value.b);
});

it("too many tokens and too long values are told", () => {
  const text = Array.from(
    { length: 101 },
    (_, index) =>
      `[[mcpgw:email:aaaaaaaa${"abcdefghijklmn"[index % 14]}${"abcdefghijklmn"[Math.floor(index / 14)]}]]`,
  ).join(" ");
  expect(tokensOf([text], types)).toBeUndefined();
  const long = new Map([[token, "x".repeat(4_000)]]);
  expect(withValues(token.repeat(16), long)?.tokens.size).toBe(1);
  expect(withValues(token.repeat(17), long)).toBeUndefined();
});
