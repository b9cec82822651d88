import { signals } from "../../data-plane/inspection/prompt-injection/signals.ts";
import { type CatalogEntry, catalog } from "../../data-plane/inspection/rules/catalog.ts";

/** docs/rules.md, made of the rules themselves. */
export function rulesPage(): string {
  const rows = catalog.map(({ id, severity, tags, finds }) => [
    `[\`${id}\`](#${anchorOf(id)})`,
    severity,
    tags.join(", "),
    finds,
  ]);
  const signalRows = signals.map((signal) => [
    signal.id,
    String(signal.weight),
    signal.isInstruction ? "yes" : "no",
    code(signal.examples.loud[0] ?? ""),
  ]);
  return [
    "# Rules of the scanner",
    "",
    "Made from the rules by `npm run docs:rules`; a test compares, and another runs the examples. Tags: OWASP MCP Top 10 (2025), SAFE-MCP.",
    "In examples `<base62 36>` stands for that many characters of that alphabet, and `<U+200B>` for a character that nobody sees.",
    "An exception in a policy names a rule by its id.",
    "",
    ...table(["rule", "severity", "tags", "finds"], rows),
    "",
    "## Signs of text that speaks to the model",
    "",
    "Weights are summed within 600 characters, once one of the signs that mean something alone is there. From 4 on a text is suspected, from 6 on",
    "there is no doubt; in what tools say of themselves, from 4 on.",
    "",
    ...table(["sign", "weight", "alone", "for example"], signalRows),
    "",
    "## Each rule",
    "",
    ...catalog.flatMap(sectionOf),
  ].join("\n");
}

function sectionOf({ id, severity, tags, finds, examples }: CatalogEntry): readonly string[] {
  return [
    `### ${id}`,
    "",
    `Finds ${finds}. Severity: ${severity}. Tags: ${tags.join(", ")}.`,
    "",
    ...table(
      ["found", "left alone"],
      Array.from(
        { length: Math.max(examples.found.length, examples.harmless.length) },
        (_, row) => [code(examples.found[row] ?? ""), code(examples.harmless[row] ?? "")],
      ),
    ),
    "",
  ];
}

/** As hosts of Markdown make anchors of headings. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, "")
    .replaceAll(" ", "-");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** As code in a table: without what would end either, and with what nobody sees spelled out. */
function code(text: string): string {
  if (text === "") return "";
  const plain = text
    .replaceAll(/[^\S ]+/g, " ")
    .replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, spelled)
    .replaceAll("|", "\\|")
    .slice(0, 120);
  return plain.includes("`") ? `\`\` ${plain} \`\`` : `\`${plain}\``;
}

function spelled(character: string): string {
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `<U+${number.padStart(4, "0")}>`;
}
