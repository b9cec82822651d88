import { expect, it } from "vitest";
import { findDifferences } from "./differences.ts";

it("finds what was added, removed and changed, wherever it lies", () => {
  const before = '{"a":{"b~/":[1,2]},"gone":true,"same":"x"}';
  const after = '{"a":{"b~/":[1,3]},"new":null,"same":"x"}';

  const found = findDifferences(before, after)?.map(({ pointer }) => pointer);

  expect(found).toEqual(["/a/b~0~1/1", "/gone", "/new"]);
});

it("tells numbers apart that a computer would round to the same", () => {
  const found = findDifferences('{"n":12345678901234567890}', '{"n":12345678901234567891}');

  expect(found).toHaveLength(1);
  expect(JSON.stringify(found?.[0]?.after)).toBe("12345678901234567891");
});

it("finds nothing in what is the same, and does not compare what is no JSON", () => {
  expect(findDifferences('{"a":1,"b":2}', '{"a":1,"b":2}')).toEqual([]);
  expect(findDifferences("{", "{}")).toBeUndefined();
});
