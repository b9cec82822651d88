import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readContexts, saveContext, useContext } from "../contexts.ts";
import { setEnvironment } from "../environment.ts";
import { saveOwnContext } from "./own-context.ts";

const first = { server: "127.0.0.1:7500", token: "secret-1" };
const second = { server: "127.0.0.1:7501", token: "secret-2" };
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "mcpgw-contexts-"));
  setEnvironment({ MCPCTL_CONFIG: join(home, "config.yaml") });
});
afterEach(() => rmSync(home, { recursive: true }));

it("is local, the current one where there is none, and stays that at the same address", async () => {
  expect(await saveOwnContext(first)).toEqual({ name: "local", isCurrent: true, note: undefined });
  await saveOwnContext({ ...first, token: "secret-3" });
  expect((await readContexts()).contexts).toEqual([{ name: "local", ...first, token: "secret-3" }]);
});

it("leaves a context alone that leads to another gateway, and says what its own is called", async () => {
  await saveOwnContext(first);
  expect(await saveOwnContext(second)).toEqual({
    name: "local-7501",
    isCurrent: false,
    note: "The context local leads to 127.0.0.1:7500; this gateway is in the context local-7501.",
  });
  const { contexts, current } = await readContexts();
  expect(contexts).toEqual([
    { name: "local", ...first },
    { name: "local-7501", ...second },
  ]);
  expect(current).toBe("local");
  await useContext("local-7501");
  expect(await saveOwnContext(second)).toMatchObject({ name: "local-7501", isCurrent: true });
});

it("is none where both names lead elsewhere", async () => {
  await saveOwnContext(first);
  await saveContext({ name: "local-7501", server: "gateway.example:7500", token: "x" }, "if-none");
  expect(await saveOwnContext(second)).toBeUndefined();
  expect((await readContexts()).contexts).toHaveLength(2);
});
