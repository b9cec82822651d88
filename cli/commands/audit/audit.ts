import { defineGroup } from "../../command.ts";
import { deadLetters } from "./dead-letters/dead-letters.ts";
import { drain } from "./drain.ts";
import { exportRecords } from "./export.ts";
import { keys } from "./keys.ts";
import { orphans } from "./orphans.ts";
import { query } from "./query.ts";
import { report } from "./report.ts";
import { show } from "./show.ts";
import { stats } from "./stats.ts";
import { tail } from "./tail.ts";
import { verify } from "./verify.ts";

export const audit = defineGroup("audit", "Read, verify and keep the audit records", [
  tail,
  query,
  show,
  stats,
  report,
  verify,
  orphans,
  drain,
  deadLetters,
  exportRecords,
  keys,
]);
