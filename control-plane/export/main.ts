import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog, type Logger } from "../../core/service/log.ts";
import { exitWithParent } from "../../core/service/parent.ts";
import { startExporter } from "./exporter.ts";
import { readExportSettings } from "./settings.ts";

const name = "exporter";
const lifecycle = new Lifecycle();
/** Whatever hangs, such as a sink that does not answer, must not hold up a deploy. */
const stopWithinMs = 8_000;
let stopping: Promise<void> | undefined;

await main().catch((error: unknown) => {
  createLog(name, "info").fatal(sentenceOf(error));
  process.exit(1);
});

async function main(): Promise<void> {
  const settings = readExportSettings(process.env);
  const log = createLog(name, settings.logLevel);
  exitWithParent();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void stop(log));
  }
  // Nobody reads any more: what was not written is not acknowledged either.
  if (settings.sink === "stdout") process.stdout.on("error", () => void stop(log));
  const { finished } = await startExporter({ settings, stdout: process.stdout, log }, lifecycle);
  await finished;
  await stop(log);
}

function stop(log: Logger): Promise<void> {
  stopping ??= closeAll(log);
  return stopping;
}

async function closeAll(log: Logger): Promise<void> {
  setTimeout(() => {
    log.error(`not everything was closed within ${stopWithinMs / 1_000} s; leaving all the same`);
    process.exit(0);
  }, stopWithinMs);
  try {
    await lifecycle.close();
  } catch (error) {
    log.error({ err: error }, "the exporter did not stop cleanly");
  }
  process.exit(0);
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${sentenceOf(error.cause)}`;
}
