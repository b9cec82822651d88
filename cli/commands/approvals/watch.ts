import { emitKeypressEvents, type Key } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { toJson } from "@bufbuild/protobuf";
import {
  type ApprovalRecord,
  ApprovalRecordSchema,
  ApprovalService,
  ApprovalState,
} from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { canAsk } from "../../ask.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { failed } from "../../errors.ts";
import { formatJson, print } from "../../output.ts";
import { Board } from "./board.ts";
import { stateWord, subjectOf } from "./describe.ts";
import { describeWithDetails, getDetails } from "./show.ts";

const lookEveryMs = 1_000;
const maxShown = 1_000;

export const watch = defineCommand({
  command: "watch",
  describe: "Watch held calls: a board with keys on a terminal, else a line for each change",
  run: async (args) => {
    await withConnection(args, (connection) =>
      canAsk() && args.output === "table"
        ? showBoard(connection)
        : printChanges(connection, args.output === "json"),
    );
  },
});

async function showBoard(connection: Connection): Promise<void> {
  const { stdin, stdout } = process;
  const board = new Board(actionsOf(connection));
  const draw = () => {
    // Some terminals say 0.
    const size = { rows: stdout.rows || 24, columns: stdout.columns || 80 };
    const screen = board.render(size).join("\r\n");
    stdout.write(`\x1b[H\x1b[2J${screen}`);
  };
  const left = new AbortController();
  let pressing: Promise<void> = Promise.resolve();
  const onKey = (text: string | undefined, { name = "", ctrl }: Key) => {
    // One after the other: a second key means what it means after the first.
    pressing = pressing.then(async () => {
      const key = ctrl && name === "c" ? "ctrl-c" : name;
      if (!(await board.press(key, ctrl ? "" : (text ?? "")))) left.abort();
      draw();
    });
  };
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  stdin.on("keypress", onKey).resume();
  stdout.write("\x1b[?1049h");
  try {
    while (!left.signal.aborted) {
      await listPending(connection).then(
        (approvals) => board.show(approvals),
        (error: Error) => board.say(error.message),
      );
      draw();
      await delay(lookEveryMs, undefined, { signal: left.signal }).catch(() => {});
    }
  } finally {
    stdout.write("\x1b[?1049l");
    stdin.off("keypress", onKey).setRawMode(false);
    stdin.pause();
  }
}

function actionsOf(connection: Connection): ConstructorParameters<typeof Board>[0] {
  return {
    look: async (id) => describeWithDetails(await getDetails(connection, id)),
    decide: async ({ id, digest }, answer) => {
      const asked = { id, digest, ...answer };
      const { approval } = await connection.call(ApprovalService.method.decideApproval, asked);
      if (approval) return approval;
      throw failed("the control plane does not say what came of it.");
    },
  };
}

/** A line, or with JSON an object, for each call that is held and for what becomes of it. */
async function printChanges(connection: Connection, asJson: boolean): Promise<void> {
  const known = new Map<string, string>();
  while (!process.stdout.destroyed) {
    const pending = await listPending(connection);
    const open = new Set(pending.map(({ id }) => id));
    for (const approval of pending) await printChange(approval, known, asJson);
    for (const id of [...known.keys()].filter((it) => !open.has(it))) {
      const { approval } = await getDetails(connection, id);
      await printChange(approval, known, asJson);
      known.delete(id);
    }
    await delay(lookEveryMs);
  }
}

async function printChange(
  approval: ApprovalRecord,
  known: Map<string, string>,
  asJson: boolean,
): Promise<void> {
  const state = stateWord(approval);
  if (known.get(approval.id) === state) return;
  known.set(approval.id, state);
  const line = `${approval.id}  ${state}  ${approval.agent}  ${subjectOf(approval)}`;
  await print(asJson ? formatJson(toJson(ApprovalRecordSchema, approval), 0) : line);
}

async function listPending(connection: Connection): Promise<ApprovalRecord[]> {
  const asked = { state: ApprovalState.PENDING, pageSize: maxShown };
  return (await connection.call(ApprovalService.method.listApprovals, asked)).approvals;
}
