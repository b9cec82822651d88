import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDataFolder, secretOf } from "./data-folder.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "mcpgw-data-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const rightsOf = (path: string) => statSync(path).mode & 0o777;

it("is for this user only, and so are its secrets", () => {
  const folder = openDataFolder(join(place, "data"));
  secretOf(folder.joinToken, () => "secret");

  expect(rightsOf(folder.path)).toBe(0o700);
  expect(rightsOf(join(folder.joinToken, ".."))).toBe(0o700);
  expect(rightsOf(folder.joinToken)).toBe(0o600);
});

it("keeps a secret from one start to the next", () => {
  const { operatorToken } = openDataFolder(place);

  expect(secretOf(operatorToken, () => "first")).toBe("first");
  expect(secretOf(operatorToken, () => "second")).toBe("first");
});

it("says which option chooses another folder when it cannot be made", () => {
  writeFileSync(join(place, "file"), "");

  expect(() => openDataFolder(join(place, "file/data"))).toThrow(/ENOTDIR.*--data-dir/);
});
