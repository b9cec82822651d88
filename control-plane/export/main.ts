import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import { exitWithParent } from "../../core/service/parent.ts";
import { failToStart, onEndSignals, stopper } from "../../core/service/stop.ts";
import { startExporter } from "./exporter.ts";
import { readExportSettings } from "./settings.ts";

const name = "exporter";

await main().catch((error: unknown) => failToStart(createLog(name, "info"), error));

async function main(): Promise<void> {
  const settings = readExportSettings(process.env);
  const log = createLog(name, settings.logLevel);
  const lifecycle = new Lifecycle();
  const stop = stopper({ what: "the exporter", log, close: () => lifecycle.close() });
  exitWithParent();
  onEndSignals((signal) => void stop(signal));
  // Nobody reads any more: what was not written is not acknowledged either.
  if (settings.sink === "stdout") {
    process.stdout.on("error", () => void stop("nobody reads standard output"));
  }
  const { finished } = await startExporter({ settings, stdout: process.stdout, log }, lifecycle);
  await finished;
  await stop("everything is exported");
}
