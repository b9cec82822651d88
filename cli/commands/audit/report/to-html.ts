import { escapeControls } from "../../../../core/text/escape-controls.ts";
import type { Report } from "./report-data.ts";
import { preambleOf, sectionsOf } from "./report-sections.ts";

const style =
  "body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#222}table{border-collapse:collapse;margin:0 0 2rem}" +
  "th,td{border:1px solid #ccc;padding:.25rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f3f3f3}";

/** The report as one page of HTML that loads and runs nothing, whatever agents wrote into it. */
export function toHtml(report: Report): string {
  const paragraphs = preambleOf(report).map((line) => `<p>${escapeHtml(line)}</p>`);
  const sections = sectionsOf(report).map(({ title, none, headers, rows }) => {
    const body = rows.map((row) => toRow("td", row)).join("\n");
    const table = `<table>\n<thead>${toRow("th", headers)}</thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
    return `<h2>${escapeHtml(title)}</h2>\n${rows.length === 0 ? `<p>${escapeHtml(none)}</p>` : table}`;
  });
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
    `<title>Audit report</title><style>${style}</style></head>`,
    "<body>",
    "<h1>Audit report</h1>",
    ...paragraphs,
    ...sections,
    "</body>",
    "</html>",
  ].join("\n");
}

function toRow(cell: "th" | "td", cells: readonly string[]): string {
  return `<tr>${cells.map((text) => `<${cell}>${escapeHtml(text)}</${cell}>`).join("")}</tr>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return escapeControls(text).replace(/[&<>"']/g, (char) => entities[char] ?? "");
}
