import { expect, it } from "vitest";
import { digestToken } from "../../core/secrets/tokens.ts";
import { OperatorDirectory } from "./operator-directory.ts";
import type { Operator, OperatorStore } from "./operator-store.ts";

it("does not believe a copy that was asked for before the table changed here", async () => {
  const store = slowStore();
  const directory = new OperatorDirectory(store.store);
  const early = directory.authenticate("new-token");
  directory.forget();
  const late = directory.authenticate("new-token");

  store.answer(1, [operator("olga", "new-token")]);
  store.answer(0, []);

  expect(await late).toMatchObject({ name: "olga" });
  await early;
  expect(await directory.authenticate("new-token")).toMatchObject({ name: "olga" });
});

it("reads the table once for many guesses at the same time", async () => {
  const store = slowStore();
  const directory = new OperatorDirectory(store.store, () => 0);
  const guesses = Array.from({ length: 100 }, (_, index) => directory.authenticate(`${index}`));

  store.answer(0, []);

  expect(await Promise.all(guesses)).toEqual(guesses.map(() => undefined));
  expect(store.asked()).toBe(1);
});

function slowStore() {
  const asked: ((operators: Operator[]) => void)[] = [];
  const list = () => new Promise<Operator[]>((resolve) => asked.push(resolve));
  return {
    store: { list } as unknown as OperatorStore,
    asked: () => asked.length,
    answer: (index: number, operators: Operator[]) => asked[index]?.(operators),
  };
}

function operator(name: string, token: string): Operator {
  const tokenDigest = digestToken(token).toString("hex");
  return { name, groups: [], role: "viewer", createdAtMs: 0, createdBy: "admin", tokenDigest };
}
