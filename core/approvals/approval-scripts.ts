import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import type { ApprovalState } from "./approval-record.ts";

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
  | "giveBack"
  | "announce"
  | "countWait"
  | "told";

/** The scripts as commands. */
export interface ApprovalScripts {
  mcpgwStatesOfApprovals(keyCount: number, ...keys: string[]): Promise<(ApprovalState | null)[]>;
  mcpgwOpenApproval(...keysAndArguments: (string | number)[]): Promise<[string, string]>;
  mcpgwMoveApproval(
    ...keysAndArguments: (string | number | Buffer)[]
  ): Promise<[string, string | number]>;
}

/** KEYS: the records. Returns the state of each, or nil. */
const statesLua = `
  local states = {}
  for index, key in ipairs(KEYS) do states[index] = redis.call("HGET", key, "state") end
  return states`;
const openLua = readFileSync(new URL("./open.lua", import.meta.url), "utf8");
const transitionLua = readFileSync(new URL("./transition.lua", import.meta.url), "utf8");

/** Teaches a connection the scripts that change approvals. */
export function withApprovalScripts(redis: Redis): Redis & ApprovalScripts {
  redis.defineCommand("mcpgwOpenApproval", { lua: openLua, numberOfKeys: 6 });
  redis.defineCommand("mcpgwStatesOfApprovals", { lua: statesLua });
  redis.defineCommand("mcpgwMoveApproval", { lua: transitionLua, numberOfKeys: 3 });
  return redis as Redis & ApprovalScripts;
}
