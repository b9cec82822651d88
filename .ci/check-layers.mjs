// Runs dependency-cruiser, and does not believe it when it has looked at nothing: with a TypeScript that it
// cannot use, it finds no module and calls that a success.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const folders = ["core", "control-plane", "data-plane", "cli", "test"].filter(existsSync);
const args = ["--config", ".dependency-cruiser.cjs", "--output-type", "json", ...folders];
const run = spawnSync("depcruise", args, { encoding: "utf8", maxBuffer: 256 * 1024 * 1024 });

if (!run.stdout) {
  process.stderr.write(`depcruise printed nothing.\n${run.stderr ?? run.error}\n`);
  process.exit(1);
}
const { summary } = JSON.parse(run.stdout);
for (const { rule, from, to, cycle } of summary.violations) {
  const way = cycle ? [from, ...cycle.map(({ name }) => name)].join(" → ") : `${from} → ${to}`;
  process.stderr.write(`${rule.severity} ${rule.name}: ${way}\n`);
}
process.stdout.write(
  `${summary.totalCruised} modules, ${summary.totalDependenciesCruised} dependencies, ${summary.violations.length} violations\n`,
);
if (summary.totalCruised < 10) {
  process.stderr.write("That is too few modules to be all of them: the check is broken.\n");
  process.exit(1);
}
process.exit(summary.error > 0 ? 1 : 0);
