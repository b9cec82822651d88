#!/usr/bin/env node
import { agent } from "./commands/agent/agent.ts";
import { approvals } from "./commands/approvals/approvals.ts";
import { approve, deny } from "./commands/approvals/decide.ts";
import { audit } from "./commands/audit/audit.ts";
import { context } from "./commands/context/context.ts";
import { fleet } from "./commands/fleet.ts";
import { freeze, unfreeze } from "./commands/freezes/freeze.ts";
import { frozen } from "./commands/freezes/frozen.ts";
import { limits } from "./commands/limits/limits.ts";
import { operator } from "./commands/operator/operator.ts";
import { policy } from "./commands/policy/policy.ts";
import { tools } from "./commands/tools/tools.ts";
import { up } from "./commands/up.ts";
import { version } from "./commands/version.ts";
import { setEnvironment } from "./environment.ts";
import { runMcpctl } from "./mcpctl.ts";

setEnvironment(process.env);

// Whoever reads our output may leave early, as `head` does. That is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await runMcpctl(
  process.argv.slice(2),
  [
    up,
    policy,
    approvals,
    approve,
    deny,
    audit,
    agent,
    operator,
    fleet,
    limits,
    tools,
    freeze,
    unfreeze,
    frozen,
    context,
    version,
  ],
  { showsStack: process.env["MCPCTL_DEBUG"] === "1" },
);
