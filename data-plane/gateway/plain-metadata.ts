import { isObject } from "../mcp/json-rpc.ts";

const maxFields = 40;
const maxDepth = 4;
const knownKey = /^(?:io\.modelcontextprotocol\/)?[A-Za-z]{1,24}$/;
/** Names, versions, dates: shorter than any secret, and without what makes a number a person's. */
const plainText =
  /^(?:[a-z]{1,15}(?:[ ._-][a-z]{1,15}){0,3}|\d{1,3}(?:\.\d{1,3}){0,3}|\d{4}-\d\d-\d\d)?$/i;

/**
 * Whether metadata holds no more than what every request of MCP 2026-07-28 says of its client: looking through that each time
 * would cost as much as looking through the arguments.
 */
export function isPlainMetadata(value: unknown): boolean {
  let fields = 0;
  const isPlain = (inner: unknown, depth: number): boolean => {
    if (typeof inner === "string") return plainText.test(inner);
    if (!isObject(inner)) return !Array.isArray(inner);
    if (depth >= maxDepth) return false;
    return Object.entries(inner).every(([key, it]) => {
      fields += 1;
      return fields <= maxFields && knownKey.test(key) && isPlain(it, depth + 1);
    });
  };
  return isPlain(value, 0);
}
