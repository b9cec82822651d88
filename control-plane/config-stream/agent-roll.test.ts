import { expect, it } from "vitest";
import type { Agent } from "../agents/agent-store.ts";
import { AgentRoll } from "./agent-roll.ts";
import { AnnouncedChanges } from "./announced-changes.ts";

it("tells a proxy that is some changes behind where every agent stands now, each once", () => {
  const roll = rollOf("one", "two", "three");

  roll.follow([change(5, 6, "one"), change(6, 9, "two")], agents("two"));
  roll.follow([change(9, 10, "two")], agents("two"));

  expect(roll.changesSince(5)).toMatchObject({
    from: 5n,
    revision: 10n,
    removed: ["one"],
    agents: [{ id: "two" }],
  });
  expect(roll.changesSince(9)).toMatchObject({ removed: [], agents: [{ id: "two" }] });
  expect(roll.table.agents.map(({ id }) => id).sort()).toEqual(["three", "two"]);
});

it("knows no changes from a revision that it never had, nor from one of long ago", () => {
  const roll = rollOf("one");
  for (let revision = 5; revision < 1_006; revision += 1) {
    roll.follow([change(revision, revision + 1, "one")], agents("one"));
  }

  expect(roll.changesSince(7_777)).toBeUndefined();
  expect(roll.changesSince(5)).toBeUndefined();
  expect(roll.changesSince(6)).toBeDefined();
});

it("finds the way between two revisions only when every announcement on it came", () => {
  const announced = new AnnouncedChanges();
  for (const message of ["5 6 one", "6 9 agent with spaces", "10 12 lost-before", "13", "x y z"]) {
    announced.note(message);
  }

  expect(announced.take(5, 9)).toMatchObject([{ id: "one" }, { id: "agent with spaces" }]);
  expect(announced.take(9, 12)).toBeUndefined();
});

it("does not remember announcements without end", () => {
  const announced = new AnnouncedChanges();
  for (let revision = 0; revision < 5_000; revision += 1) {
    announced.note(`${revision} ${revision + 1} one`);
  }

  expect(announced.take(0, 5_000)).toBeUndefined();
  announced.note("5000 5001 one");
  expect(announced.take(5_000, 5_001)).toHaveLength(1);
});

const change = (from: number, revision: number, id: string) => ({ from, revision, id });
const agentOf = (id: string): Agent => ({
  id,
  groups: [],
  createdAtMs: 0,
  createdBy: "x",
  keys: [],
});
const agents = (...ids: string[]) => new Map(ids.map((id) => [id, agentOf(id)]));
const rollOf = (...ids: string[]) => new AgentRoll({ revision: 5, agents: ids.map(agentOf) });
