import { expect, it } from "vitest";
import { compileGlob } from "./glob.ts";

it.each([
  { glob: "files/read_*", name: "files/read_text", matches: true },
  { glob: "files/read_*", name: "files/write_text", matches: false },
  { glob: "files/*", name: "files/a/b\nc", matches: true },
  { glob: "*", name: "", matches: true },
  { glob: "a*a", name: "a", matches: false },
  { glob: "a*b*c", name: "a-b-b-c", matches: true },
  { glob: "a*b*c", name: "acb", matches: false },
  { glob: "a*bc*c", name: "abc", matches: false },
  { glob: "a.c", name: "abc", matches: false },
  { glob: "Files", name: "files", matches: false },
])("$glob matches $name: $matches", ({ glob, name, matches }) => {
  expect(compileGlob(glob)(name)).toBe(matches);
});
