const metaKey = "mcpgateway/findings";

/** A result that tells in its metadata which rules found something in it. Other messages have no place for that. */
export function withFlags(message: unknown, flags: readonly string[]): unknown {
  if (flags.length === 0 || !isObject(message) || !isObject(message["result"])) return message;
  const { result } = message;
  const meta = isObject(result["_meta"]) ? result["_meta"] : {};
  return { ...message, result: { ...result, _meta: { ...meta, [metaKey]: flags } } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
