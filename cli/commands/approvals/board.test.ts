import { create } from "@bufbuild/protobuf";
import { beforeEach, expect, it } from "vitest";
import {
  type ApprovalRecord,
  ApprovalRecordSchema,
  ApprovalState,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { Board } from "./board.ts";

const size = { rows: 20, columns: 100 };
let decided: unknown[];
let board: Board;

beforeEach(() => {
  decided = [];
  board = new Board({
    look: async (id) => `all about ${id}`,
    decide: async (shown, answer) => {
      if (answer.reason === "bad") throw new Error("the control plane refused");
      decided.push({ id: shown.id, digest: shown.digest, ...answer });
      return { ...shown, state: ApprovalState.DENIED };
    },
  });
  board.show([approval("aaa"), approval("bbb")]);
});

it("denies the call that is looked at, with the reason that was typed", async () => {
  await press("down", "return");
  expect(screen()).toContain("all about bbb");
  await press("d");
  await type("no wzy");
  await press("backspace", "backspace");
  await type("ay");
  await press("return");

  expect(decided).toEqual([
    { id: "bbb", digest: "digest-of-bbb", approve: false, reason: "no way" },
  ]);
  expect(screen()).toContain("bbb is denied");
});

it("decides nothing from the list, and nothing that was left again", async () => {
  await press("a", "return", "d");
  await press("return");
  await press("return", "a", "escape", "escape");

  expect(decided).toEqual([{ id: "aaa", digest: "digest-of-aaa", approve: false, reason: "" }]);
});

it("keeps what is chosen while others come and go", async () => {
  await press("down");
  board.show([approval("ccc"), approval("aaa"), approval("bbb")]);
  await press("return");

  expect(screen()).toContain("all about bbb");
});

it("says why something was refused and goes on", async () => {
  await press("return", "a");
  await type("bad");
  await press("return");

  expect(screen()).toContain("the control plane refused");
  expect(await board.press("q")).toBe(false);
});

it("shows nothing that a terminal would obey", async () => {
  board.show([{ ...approval("aaa"), agent: "evil\u001b[2J" }]);

  expect(screen()).toContain("evil\\x1b[2J");
  expect(screen()).not.toContain("\u001b");
});

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await board.press(key);
}

async function type(text: string): Promise<void> {
  for (const char of text) await board.press(char, char);
}

function screen(): string {
  return board.render(size).join("\n");
}

function approval(id: string): ApprovalRecord {
  const state = ApprovalState.PENDING;
  return create(ApprovalRecordSchema, { id, state, digest: `digest-of-${id}`, agent: "ci-bot" });
}
