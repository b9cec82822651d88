import { RpcError } from "../core/grpc/errors.ts";

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9._@/-]{0,127}$/;
const maxGroups = 64;

/** Throws unless agents, operators and proxies may be called so. */
export function assertName(what: string, name: string): void {
  if (namePattern.test(name)) return;
  throw new RpcError(
    "invalid-argument",
    `${what} must begin with a letter or digit and have at most 128 characters of a-z A-Z 0-9 . _ @ / -, got ${JSON.stringify(name.slice(0, 140))}`,
  );
}

/** The groups once each, in order. Throws when one is malformed. */
export function parseGroups(groups: readonly string[]): string[] {
  for (const group of groups) assertName("a group", group);
  const distinct = [...new Set(groups)].sort();
  if (distinct.length > maxGroups) {
    throw new RpcError("invalid-argument", `at most ${maxGroups} groups, got ${distinct.length}`);
  }
  return distinct;
}
