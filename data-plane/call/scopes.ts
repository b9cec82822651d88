import type { Principal } from "./agent-request.ts";

/** Whether a token is not good for all of these scopes. Keys and certificates have no scopes: rules speak about them. */
export function lacksScopes({ login }: Principal, needed: readonly string[]): boolean {
  if (login?.method !== "jwt") return false;
  return needed.some((scope) => !login.scopes?.includes(scope));
}
