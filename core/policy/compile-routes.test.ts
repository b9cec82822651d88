import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { compileRoutes } from "./compile-routes.ts";
import { Problems } from "./problems.ts";

it("keeps several upstreams in the order of the route", () => {
  const { routes, problems } = compile("files", "Mail-2");
  expect(routes).toMatchObject([{ path: "/mcp", upstreams: ["files", "Mail-2"] }]);
  expect(problems).toEqual([]);
});

it("lets a route with one upstream have any name", () => {
  expect(compile("my_very.long.name-of-an-upstream").problems).toEqual([]);
});

it.each([
  { names: ["a", "b_c"], path: "routes[0].upstreams[1]", message: /letters, digits and "-"/ },
  { names: ["a", "b.c"], path: "routes[0].upstreams[1]", message: /letters, digits and "-"/ },
  { names: ["1a", "b"], path: "routes[0].upstreams[0]", message: /starting with a letter/ },
  { names: ["a", "x".repeat(25)], path: "routes[0].upstreams[1]", message: /at most 24/ },
  { names: ["files", "Files"], path: "routes[0].upstreams[1]", message: /only by case/ },
  { names: ["a", "b", "a"], path: "routes[0].upstreams", message: /a more than once/ },
])("refuses $names on one route: their names could not be told apart", (given) => {
  expect(compile(...given.names).problems).toEqual([
    { path: given.path, message: expect.stringMatching(given.message) },
  ]);
});

function compile(...upstreams: string[]) {
  const problems = new Problems();
  const policy = create(PolicySchema, { routes: [{ path: "/mcp", upstreams }] });
  return { routes: compileRoutes(policy, new Set(upstreams), problems), problems: problems.list };
}
