import {
  commandsOf,
  linesOf,
  type Notice,
  type NoticeApproval,
  restOf,
  titleOf,
} from "../notice.ts";

/** The subject and the plain text of a mail. */
export function toMailText(notice: Notice): { subject: string; text: string } {
  const parts = [...notice.approvals.map(toParagraph), restOf(notice)];
  return {
    subject: `[MCP gateway] ${titleOf(notice)}`.slice(0, 200),
    text: `${parts.filter((part) => part !== "").join("\n\n")}\n`,
  };
}

function toParagraph(approval: NoticeApproval): string {
  const lines = linesOf(approval).map(([label, value]) => `${`${label}:`.padEnd(13)}${value}`);
  const commands = commandsOf(approval).map((line) => `  ${line}`);
  return [...lines, "", ...commands, ...(approval.link ? ["", approval.link] : [])].join("\n");
}
