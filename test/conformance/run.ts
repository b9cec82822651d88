import { parseArgs } from "node:util";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { clientJobs } from "./client-scenarios.ts";
import { inParallel } from "./in-parallel.ts";
import { type Measurement, report } from "./report.ts";
import { startWays } from "./ways.ts";

// Runs the public conformance suite past the gateway: it must say what it says without the gateway.

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const versions = values.quick
  ? ["2025-11-25", "2026-07-28"]
  : ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];
/** The suite mostly waits; more at a time would make each other late on a small machine. */
const atOnce = 2;

const startedAt = performance.now();
const lifecycle = new Lifecycle();
try {
  const ways = await startWays({ proxies: values.quick ? 1 : 3 }, lifecycle);
  const measured = await inParallel<readonly Measurement[]>(
    [...ways.serverJobs(versions), ...clientJobs(versions)],
    atOnce,
  );
  const { lines, isEqual } = report(measured.flat());
  const problems = ways.findIdleProxies();
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  process.stdout.write(`${[...lines, ...problems, `${seconds} s`].join("\n")}\n`);
  if (!isEqual || problems.length > 0) process.exitCode = 1;
} finally {
  await lifecycle.close();
}
// Timers of libraries would keep the process for seconds.
process.exit();
