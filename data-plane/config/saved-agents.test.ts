import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AgentChangesSchema, AgentTableSchema } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import { SavedAgents } from "./saved-agents.ts";
import { SavedConfig } from "./saved-config.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mcpgw-saved-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (onError = (_: unknown) => {}) =>
  new SavedAgents(new SavedConfig(AgentTableSchema, folder, "agents"), onError);

it("starts from the table as its last changes left it", async () => {
  const saved = open();
  saved.replace(table(5n, "one", "two"));
  saved.change(changes(5n, 6n, ["three"], ["one"]));
  saved.change(changes(6n, 7n, ["two"], []));

  await vi.waitFor(() => expect(open().load()?.revision).toBe(7n), { timeout: 5_000 });
  expect(idsIn(open().load())).toEqual(["two", "three"]);
});

it("goes on from what was saved, and writes when it is closed", () => {
  const first = open();
  first.replace(table(5n, "one"));
  first.close();
  const second = open();
  second.load();

  second.change(changes(5n, 6n, ["two"], []));
  second.close();

  expect(open().load()?.revision).toBe(6n);
  expect(idsIn(open().load())).toEqual(["one", "two"]);
});

it("tells when it cannot write, and goes on", () => {
  rmSync(folder, { recursive: true });
  const file = new SavedConfig(AgentTableSchema, "/dev/null/nowhere", "agents");
  const onError = vi.fn();
  const saved = new SavedAgents(file, onError);

  saved.replace(table(5n, "one"));
  saved.close();

  expect(onError).toHaveBeenCalledOnce();
});

function table(revision: bigint, ...ids: string[]) {
  return create(AgentTableSchema, { revision, agents: ids.map((id) => ({ id })) });
}

function changes(from: bigint, revision: bigint, ids: string[], removed: string[]) {
  return create(AgentChangesSchema, { from, revision, agents: ids.map((id) => ({ id })), removed });
}

function idsIn(found: ReturnType<SavedAgents["load"]>): string[] | undefined {
  return found?.agents.map(({ id }) => id);
}
