import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";

/** As transition.lua names them. */
export type Edge =
  | "decide"
  | "review"
  | "expire"
  | "cancel"
  | "revoke"
  | "supersede"
  | "confirm"
  | "claim"
  | "renew"
  | "finish"
  | "announce"
  | "countWait"
  | "told";

/** The scripts as commands. */
export interface ApprovalScripts {
  mcpgwOpenApproval(...keysAndArguments: (string | number)[]): Promise<[string, string]>;
  mcpgwMoveApproval(...keysAndArguments: (string | number)[]): Promise<[string, string | number]>;
}

const openLua = readFileSync(new URL("./open.lua", import.meta.url), "utf8");
const transitionLua = readFileSync(new URL("./transition.lua", import.meta.url), "utf8");

/** Teaches a connection the scripts that change approvals. */
export function withApprovalScripts(redis: Redis): Redis & ApprovalScripts {
  redis.defineCommand("mcpgwOpenApproval", { lua: openLua, numberOfKeys: 6 });
  redis.defineCommand("mcpgwMoveApproval", { lua: transitionLua, numberOfKeys: 3 });
  return redis as Redis & ApprovalScripts;
}
