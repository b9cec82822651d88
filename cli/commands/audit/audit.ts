import { defineGroup } from "../../command.ts";
import { drain } from "./drain.ts";
import { exportRecords } from "./export.ts";
import { keys } from "./keys.ts";
import { orphans } from "./orphans.ts";
import { tail } from "./tail.ts";
import { verify } from "./verify.ts";

export const audit = defineGroup("audit", "Read, verify and keep the audit records", [
  tail,
  verify,
  orphans,
  drain,
  exportRecords,
  keys,
]);
