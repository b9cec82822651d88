import { type DescMessage, type JsonValue, type MessageShape, toJson } from "@bufbuild/protobuf";
import { Document, Scalar, visit } from "yaml";
import { escapeControls, unprintable } from "../core/text/escape-controls.ts";

export type OutputFormat = "table" | "json" | "yaml";

/** Aligns rows under their headers. Every cell is escaped. */
export function formatTable(headers: readonly string[], rows: readonly (readonly string[])[]) {
  const cells = [headers, ...rows].map((row) => row.map((cell) => escapeControls(cell) || "-"));
  const widths = headers.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Writes one `label: value` per line, without the empty ones. Every value is escaped. */
export function formatDetails(details: Readonly<Record<string, string>>): string {
  const shown = Object.entries(details)
    .filter(([, value]) => value !== "")
    .map(([label, value]) => [escapeControls(label), value] as const);
  const width = Math.max(...shown.map(([label]) => label.length)) + 1;
  return shown
    .map(([label, value]) => `${`${label}:`.padEnd(width)} ${escapeControls(value)}`)
    .join("\n");
}

/** Writes JSON: escapes, in JSON's own way, what {@link escapeControls} escapes. */
export function formatJson(value: unknown, indent = 2): string {
  const text = JSON.stringify(value, undefined, indent) ?? "null";
  return text.replace(unprintable, (char) => (char === "\n" ? char : toUnicodeEscapes(char)));
}

/** Writes YAML that reads back as the same value, with every unprintable character escaped. */
export function formatYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && needsQuotes(node.value)) {
        node.type = Scalar.QUOTE_DOUBLE;
      }
    },
  });
  const text = document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: 1e9 });
  return text
    .trimEnd()
    .replace(unprintable, (char) => (char === "\n" ? char : toUnicodeEscapes(char)));
}

/** A list as JSON: unlike elsewhere, what is empty is there, so that scripts need not ask whether it is. */
export function listToJson<Desc extends DescMessage>(
  schema: Desc,
  list: MessageShape<Desc>,
): JsonValue {
  return toJson(schema, list, { alwaysEmitImplicit: true });
}

/** Writes a message in the format that was asked for. */
export async function printResult(
  format: OutputFormat,
  json: JsonValue,
  toText: () => string,
): Promise<void> {
  if (format === "json") return print(formatJson(json));
  if (format === "yaml") return print(formatYaml(json));
  return print(toText());
}

/** Writes lines to stdout, and waits where the reader is slow. The one gate to stdout. */
export async function print(text: string): Promise<void> {
  if (process.stdout.destroyed || process.stdout.errored) return;
  const { stdout } = process;
  if (stdout.write(`${escapeLines(text)}\n`)) return;
  await new Promise<void>((resolve) => {
    // The reader may leave instead of catching up: then there is nobody left to wait for.
    const events = ["drain", "error", "close"];
    const done = () => {
      for (const event of events) stdout.off(event, done);
      resolve();
    };
    for (const event of events) stdout.on(event, done);
  });
}

/** Writes lines to stderr: what is said beside the result. */
export function note(text: string): void {
  process.stderr.write(`${escapeLines(text)}\n`);
}

function escapeLines(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}

function needsQuotes(text: string): boolean {
  return text.replaceAll("\n", "").search(unprintable) >= 0;
}

function toUnicodeEscapes(char: string): string {
  return Array.from({ length: char.length }, (_, index) => char.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}
