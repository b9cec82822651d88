import { catalog } from "../../data-plane/inspection/rules/catalog.ts";

const lineLength = 140;

/** The source of core/policy/rule-ids.ts. */
export function ruleIdsSource(): string {
  const ids = catalog.map(({ id }) => id).filter((id) => !id.startsWith("definition."));
  const lines: string[] = [];
  for (const id of ids.toSorted()) {
    const line = lines.at(-1);
    if (line === undefined || line.length + id.length > lineLength) lines.push(`  ${id}`);
    else lines[lines.length - 1] = `${line} ${id}`;
  }
  return `// Written by \`npm run docs:rules\`.
/** The rules of the scanner, which exceptions can name. Operators' own are named as they like. */
export const ruleIds: readonly string[] = \`
${lines.join("\n")}
\`
  .trim()
  .split(/\\s+/);
`;
}
