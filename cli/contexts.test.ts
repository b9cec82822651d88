import { chmod, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readContexts, removeContext, saveContext, useContext } from "./contexts.ts";
import { setEnvironment } from "./environment.ts";

const local = { name: "local", server: "127.0.0.1:7500", token: "secret-1" };
const prod = { name: "prod", server: "cp.example.com:7500", token: "secret-2" };

let home: string;
let said: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "mcpctl-"));
  setEnvironment({ XDG_CONFIG_HOME: home });
  said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
});

afterEach(() => vi.restoreAllMocks());

it("are none without a file", async () => {
  expect(await readContexts()).toMatchObject({ contexts: [], current: undefined });
});

it("stay, and the first becomes the current one", async () => {
  expect(await saveContext(local, "if-none")).toMatchObject({ isCurrent: true });
  expect(await saveContext(prod, "if-none")).toMatchObject({ isCurrent: false });

  expect(await readContexts()).toEqual({
    path: join(home, "mcpctl", "config.yaml"),
    current: "local",
    contexts: [local, prod],
  });
});

it("change the current one when asked to", async () => {
  await saveContext(local, "if-none");

  expect(await saveContext(prod, "always")).toMatchObject({ isCurrent: true });
  await useContext("local");

  expect((await readContexts()).current).toBe("local");
});

it("replace the one of the same name", async () => {
  await saveContext(local, "if-none");
  await saveContext({ ...local, token: "secret-3" }, "if-none");

  expect((await readContexts()).contexts).toEqual([{ ...local, token: "secret-3" }]);
});

it("leave nothing of one that is removed", async () => {
  await saveContext(local, "if-none");
  await removeContext("local");

  const { path, ...rest } = await readContexts();
  expect(rest).toEqual({ current: undefined, contexts: [] });
  expect(await readFile(path, "utf8")).not.toContain("secret");
});

it("are for their owner only, whatever the umask, and leave no other file behind", async () => {
  const umask = process.umask(0);
  const { path } = await saveContext(local, "if-none");
  process.umask(umask);

  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(home, "mcpctl"))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(home, "mcpctl"))).toEqual(["config.yaml"]);
});

it("warn when others can read them", async () => {
  const { path } = await saveContext(local, "if-none");
  await readContexts();
  expect(said).toBe("");

  await chmod(path, 0o640);
  await readContexts();

  expect(said).toMatch(/^warning: others can read .*chmod 600/);
});

it("stand where $MCPCTL_CONFIG says", async () => {
  setEnvironment({ MCPCTL_CONFIG: join(home, "here.yaml"), XDG_CONFIG_HOME: "/nowhere" });

  expect(await saveContext(local, "if-none")).toMatchObject({ path: join(home, "here.yaml") });
});

it.each([
  ["contexts: [{ name: a, server: b, token: *secret-1 }]"],
  ["contexts: [{ name: a, server: b, token: 5 }, secret-1]"],
  ["contexts: secret-1"],
  ["secret-1"],
  ["a: [secret-1"],
])("are refused when malformed, without a word of what stands there: %s", async (text) => {
  const path = join(home, "config.yaml");
  setEnvironment({ MCPCTL_CONFIG: path });
  await writeFile(path, text, { mode: 0o600 });

  const failure = await saveContext(local, "if-none").catch((error: Error) => error.message);

  expect(failure).toContain(path);
  expect(failure).not.toContain("secret");
  expect(await readFile(path, "utf8")).toBe(text);
});

it("name those that exist when there is none of that name", async () => {
  await saveContext(local, "if-none");

  await expect(useContext("prod")).rejects.toThrow(/no context prod .* There are: local\./);
});
