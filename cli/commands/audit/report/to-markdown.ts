import { escapeControls } from "../../../../core/text/escape-controls.ts";
import type { Report } from "./report-data.ts";
import { preambleOf, sectionsOf } from "./report-sections.ts";

/** The report as Markdown with tables (GFM). What agents chose is shown as text: it makes no links, headings, tables or HTML. */
export function toMarkdown(report: Report): string {
  const sections = sectionsOf(report).map(({ title, none, headers, rows }) => {
    const table = [headers, headers.map(() => "---"), ...rows.map((row) => row.map(escapeText))];
    const lines = table.map((cells) => `| ${cells.join(" | ")} |`);
    return `## ${title}\n\n${rows.length === 0 ? none : lines.join("\n")}`;
  });
  return ["# Audit report", ...preambleOf(report), ...sections].join("\n\n");
}

/**
 * Every character that Markdown gives a meaning (CommonMark §2.4) is escaped, but for those that have none within a word, and what GFM
 * makes a link of by itself (§6.9: schemes, mail, "www.").
 */
function escapeText(text: string): string {
  return escapeControls(text)
    .replace(/[\\`*_{}[\]<>()#+!|~&@:$]/g, "\\$&")
    .replace(/www(?=\.)/gi, "$&\\");
}
