import { payloadRules } from "../../data-plane/inspection/injection/payload-rules.ts";
import { signals } from "../../data-plane/inspection/prompt-injection/signals.ts";
import { catalog } from "../../data-plane/inspection/rules/catalog.ts";
import { secretRules } from "../../data-plane/inspection/rules/secret-rules.ts";

/** docs/rules.md, made of the rules themselves. */
export function rulesPage(): string {
  const secrets = new Map(secretRules.map(({ type, examples }) => [`secrets.${type}`, examples]));
  const payloads = new Map(payloadRules.map(({ id, examples }) => [`injection.${id}`, examples]));
  const rows = catalog.map(({ id, severity, tags, finds }) => {
    const example = payloads.get(id)?.payloads[0] ?? secrets.get(id)?.secrets[0] ?? "";
    return [`\`${id}\``, severity, tags.join(", "), finds, code(example)];
  });
  const signalRows = signals.map((signal) => [
    signal.id,
    String(signal.weight),
    signal.isInstruction ? "yes" : "no",
    code(signal.examples.loud[0] ?? ""),
  ]);
  return [
    "# Rules of the scanner",
    "",
    "Made from the rules by `npm run docs:rules`; a test compares. Tags: OWASP MCP Top 10 (2025), SAFE-MCP.",
    "In examples of secrets, `<base62 36>` stands for that many characters of that alphabet.",
    "",
    ...table(["rule", "severity", "tags", "finds", "for example"], rows),
    "",
    "## Signs of text that speaks to the model",
    "",
    "Weights are summed within 600 characters, once one of the signs that mean something alone is there. From 4 on a text is suspected, from 6 on",
    "there is no doubt; in what tools say of themselves, from 4 on.",
    "",
    ...table(["sign", "weight", "alone", "for example"], signalRows),
    "",
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** As code in a table: without what would end either, or what scanners of hidden characters would find. */
function code(text: string): string {
  if (text === "") return "";
  const plain = text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 90);
  return plain.includes("`") ? `\`\` ${plain} \`\`` : `\`${plain}\``;
}
