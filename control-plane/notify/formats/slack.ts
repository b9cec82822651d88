import {
  commandsOf,
  linesOf,
  type Notice,
  type NoticeApproval,
  restOf,
  titleOf,
} from "../notice.ts";

const maxHeader = 150;

/**
 * A message for an incoming webhook of Slack. What agents choose stands in rich text, in which nothing is a mention,
 * a link or markup; the text beside the blocks is escaped, as Slack's "Formatting text for app surfaces" asks.
 */
export function toSlackBody(notice: Notice): unknown {
  const title = titleOf(notice);
  const rest = restOf(notice);
  return {
    text: escapeMarkup(title),
    unfurl_links: false,
    blocks: [
      {
        type: "header",
        text: { type: "plain_text", text: title.slice(0, maxHeader), emoji: false },
      },
      ...notice.approvals.map(toBlock),
      ...(rest === "" ? [] : [{ type: "rich_text", elements: [section(rest)] }]),
    ],
  };
}

function toBlock(approval: NoticeApproval): unknown {
  const lines = linesOf(approval).map(([label, value]) => `${label}: ${value}`);
  const { link } = approval;
  return {
    type: "rich_text",
    elements: [
      { type: "rich_text_preformatted", elements: [text(lines.join("\n"))] },
      { type: "rich_text_preformatted", elements: [text(commandsOf(approval).join("\n"))] },
      ...(link
        ? [
            {
              type: "rich_text_section",
              elements: [{ type: "link", url: link, text: "Look it up" }],
            },
          ]
        : []),
    ],
  };
}

function section(words: string): unknown {
  return { type: "rich_text_section", elements: [text(words)] };
}

function text(words: string): unknown {
  return { type: "text", text: words };
}

function escapeMarkup(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
