import { escapeControls } from "../../../core/text/escape-controls.ts";
import type { ApprovalRecord } from "../../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { formatTable } from "../../output.ts";
import { formatDistance } from "../../times.ts";
import { quorumOf, stateWord, subjectOf } from "./describe.ts";

/** What the board needs from the control plane. */
export interface BoardActions {
  /** All that somebody who decides should see. */
  look(id: string): Promise<string>;
  /** Decides exactly the record that was shown. Resolves to it as it stands then. */
  decide(
    shown: ApprovalRecord,
    answer: { readonly approve: boolean; readonly reason: string },
  ): Promise<ApprovalRecord>;
}

type Mode =
  | { readonly kind: "list" }
  | { readonly kind: "look"; readonly approval: ApprovalRecord; readonly text: string }
  | {
      readonly kind: "reason";
      readonly approval: ApprovalRecord;
      readonly approve: boolean;
      readonly text: string;
      readonly typed: string;
    };

const help = {
  list: "up/down choose   enter look   q leave",
  look: "a approve   d deny   esc back   q leave",
  reason: "type a reason   enter decide   esc back",
} as const;
const maxReasonLength = 500;

/**
 * The held calls on a terminal. It is decided only while it is shown: the list has no key for that,
 * so nobody decides what moved under the cursor.
 */
export class Board {
  readonly #actions: BoardActions;
  #approvals: readonly ApprovalRecord[] = [];
  /** The chosen one stays chosen while others come and go. */
  #chosen = "";
  #mode: Mode = { kind: "list" };
  #message = "";

  constructor(actions: BoardActions) {
    this.#actions = actions;
  }

  show(approvals: readonly ApprovalRecord[]): void {
    this.#approvals = approvals;
    if (!approvals.some(({ id }) => id === this.#chosen)) this.#chosen = approvals[0]?.id ?? "";
  }

  say(message: string): void {
    this.#message = message;
  }

  /** Takes one key, named as in node:readline. Resolves to false when the board is left. */
  async press(key: string, text = ""): Promise<boolean> {
    const mode = this.#mode;
    if (key === "ctrl-c") return false;
    if (mode.kind === "reason") await this.#type(mode, key, text);
    else if (key === "q") return false;
    else if (mode.kind === "look") this.#pressLooking(mode, key);
    else await this.#pressList(key);
    return true;
  }

  /** The screen, line by line, without control characters. */
  render({ rows, columns }: { readonly rows: number; readonly columns: number }): string[] {
    const foot = [escapeControls(this.#message), help[this.#mode.kind]];
    const body = this.#mode.kind === "list" ? this.#renderList() : this.#renderOne(this.#mode);
    const room = Math.max(1, rows - foot.length - 1);
    const shown = body.length > room ? [...body.slice(0, room - 1), "… (make it larger)"] : body;
    return [...shown, "", ...foot].map((line) => line.slice(0, columns));
  }

  async #pressList(key: string): Promise<void> {
    const at = this.#approvals.findIndex(({ id }) => id === this.#chosen);
    if (key === "down" || key === "j") this.#choose(at + 1);
    if (key === "up" || key === "k") this.#choose(at - 1);
    const approval = this.#approvals[at];
    if ((key !== "return" && key !== "space") || !approval) return;
    await this.#tell(async () => {
      const text = await this.#actions.look(approval.id);
      this.#mode = { kind: "look", approval, text };
      return "";
    });
  }

  #pressLooking({ approval, text }: Extract<Mode, { kind: "look" }>, key: string): void {
    if (key === "escape" || key === "return") this.#mode = { kind: "list" };
    if (key !== "a" && key !== "d") return;
    this.#mode = { kind: "reason", approval, approve: key === "a", text, typed: "" };
  }

  async #type(mode: Extract<Mode, { kind: "reason" }>, key: string, text: string): Promise<void> {
    const { approval, approve, typed } = mode;
    if (key === "escape") this.#mode = { kind: "look", approval, text: mode.text };
    else if (key === "backspace") this.#mode = { ...mode, typed: typed.slice(0, -1) };
    else if (key === "return") {
      this.#mode = { kind: "list" };
      await this.#tell(async () => {
        const after = await this.#actions.decide(approval, { approve, reason: typed });
        return `${after.id} is ${stateWord(after)} (${quorumOf(after)} approvals)`;
      });
    } else if (escapeControls(text) === text) {
      this.#mode = { ...mode, typed: (typed + text).slice(0, maxReasonLength) };
    }
  }

  #choose(index: number): void {
    const last = this.#approvals.length - 1;
    this.#chosen = this.#approvals[Math.min(Math.max(index, 0), last)]?.id ?? "";
  }

  async #tell(action: () => Promise<string>): Promise<void> {
    this.#message = await action().catch((error: Error) => error.message);
  }

  #renderList(): string[] {
    if (this.#approvals.length === 0) return ["No call waits."];
    const rows = this.#approvals.map((approval) => [
      approval.id === this.#chosen ? ">" : " ",
      approval.id,
      approval.agent,
      subjectOf(approval),
      approval.rule,
      quorumOf(approval),
      formatDistance(approval.createdAt),
      formatDistance(approval.expiresAt),
    ]);
    const head = [" ", "ID", "AGENT", "TOOL", "RULE", "APPROVED", "HELD", "EXPIRES"];
    return formatTable(head, rows).split("\n");
  }

  #renderOne(mode: Exclude<Mode, { kind: "list" }>): string[] {
    const lines = mode.text.split("\n");
    if (mode.kind === "look") return lines;
    const verb = mode.approve ? "approve" : "deny";
    // Above the rest, where it stays on a small screen.
    return [`${verb} ${mode.approval.id}, reason: ${escapeControls(mode.typed)}_`, "", ...lines];
  }
}
