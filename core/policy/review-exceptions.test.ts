import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { reviewExceptions } from "./review-exceptions.ts";

const today = Date.parse("2026-11-23T12:00:00Z");

function review(rule: string, until = "2027-01-31") {
  const policy = create(PolicySchema, { scanning: { exceptions: [{ rule, until, reason: "a" }] } });
  return reviewExceptions(policy, today);
}

it.each(["injection.sql", "injection.path.*", "*", "schema", "custom.case", "external.m.*", "ex*"])(
  "an exception from %s is good",
  (rule) => expect(review(rule)).toEqual({ problems: [], warnings: [] }),
);

it.each([
  ["injection.sqli", 'names "injection.sqli", which is no rule of docs/rules.md'],
  ["injection.path", 'no rule of docs/rules.md; "injection.path.*" would'],
  ["x*", "which is no rule"],
  ["customs.case", "which is no rule"],
  ["definition.changed", "which no exception reaches"],
  ["flow.*", "which no exception reaches"],
])("an exception from %s is refused", (rule, message) => {
  expect(review(rule)).toMatchObject({
    problems: [{ path: "scanning.exceptions[0].rule", message: expect.stringContaining(message) }],
  });
});

it("an exception that ends in more than ten years is refused", () => {
  expect(review("schema", "2036-11-20").problems).toEqual([]);
  expect(review("schema", "2036-12-01")).toMatchObject({
    problems: [{ path: "scanning.exceptions[0].until", message: expect.stringContaining("2036") }],
  });
});

it("an exception that has ended is warned of, and good on its last day", () => {
  expect(review("schema", "2026-11-23")).toEqual({ problems: [], warnings: [] });
  expect(review("schema", "2026-11-22")).toMatchObject({
    problems: [],
    warnings: [{ path: "scanning.exceptions[0].until", message: expect.stringContaining("ended") }],
  });
});
