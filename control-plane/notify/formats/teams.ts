import {
  commandsOf,
  linesOf,
  type Notice,
  type NoticeApproval,
  restOf,
  titleOf,
} from "../notice.ts";

/**
 * An Adaptive Card, as a workflow of Microsoft Teams takes it ("When a Teams webhook request is received").
 * Everything stands in rich text blocks: unlike text blocks they do not read Markdown, so an agent cannot write links.
 */
export function toTeamsBody(notice: Notice): unknown {
  const rest = restOf(notice);
  const card = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    msteams: { width: "Full" },
    body: [
      richText({ text: titleOf(notice), weight: "Bolder", size: "Medium" }),
      ...notice.approvals.flatMap(toElements),
      ...(rest === "" ? [] : [richText({ text: rest })]),
    ],
    actions: notice.approvals.flatMap(({ id, link }) =>
      link ? [{ type: "Action.OpenUrl", title: `Look up ${id}`, url: link }] : [],
    ),
  };
  return {
    type: "message",
    attachments: [
      { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: card },
    ],
  };
}

function toElements(approval: NoticeApproval): unknown[] {
  return [
    ...linesOf(approval).map(([label, value], index) => ({
      ...richText({ text: `${label}: `, isSubtle: true }, { text: value }),
      separator: index === 0,
      spacing: index === 0 ? "Medium" : "None",
    })),
    ...commandsOf(approval).map((text) => richText({ text, fontType: "Monospace" })),
  ];
}

function richText(...runs: Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  return { type: "RichTextBlock", inlines: runs.map((run) => ({ type: "TextRun", ...run })) };
}
