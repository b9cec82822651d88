import { delimiter } from "node:path";
import { expect, it } from "vitest";
import { childEnvironment } from "./installation.ts";

it("hands on the user's environment, for the secrets that a policy names, without what npm adds", () => {
  const env = childEnvironment({
    WAREHOUSE_TOKEN: "secret",
    npm_lifecycle_event: "start",
    npm_config_cache: "/cache",
    INIT_CWD: "/somewhere",
    PATH: "/usr/bin",
  });

  expect(Object.keys(env).toSorted()).toEqual(["PATH", "WAREHOUSE_TOKEN"]);
  const folders = env["PATH"]?.split(delimiter);
  expect(folders?.at(0)).toMatch(/node_modules\/\.bin$/);
  expect(folders?.at(-1)).toBe("/usr/bin");
});
