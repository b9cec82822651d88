/** Not yet in TypeScript's library: JSON.parse source text access. */
const { rawJSON: rawJson, isRawJSON: isRawJson } = JSON as unknown as {
  rawJSON: (text: string) => unknown;
  isRawJSON: (value: unknown) => boolean;
};

/**
 * Reads JSON and keeps numbers as they were written: none is rounded before an approver sees it. A number becomes an
 * object that JSON.stringify writes as it was; {@link isExactNumber} knows it. Throws where the text is no JSON.
 */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, ((_: string, part: unknown, context: { source?: string }) =>
    typeof part === "number" ? rawJson(context.source ?? String(part)) : part) as never);
}

export function isExactNumber(value: unknown): boolean {
  return isRawJson(value);
}
