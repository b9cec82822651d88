import { createLog } from "../core/service/log.ts";
import { exitWithParent } from "../core/service/parent.ts";
import { startProxy } from "./proxy.ts";
import { readSettings, type Settings } from "./settings.ts";

const settings = readSettingsOrExit();
const log = createLog(settings.proxyId, settings.logLevel);
exitWithParent();

try {
  const proxy = await startProxy({ settings, env: process.env, log });
  const stop = () => {
    log.info("stops: open calls finish first");
    proxy.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "did not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
} catch (error) {
  const { message, cause } = error as Error;
  log.fatal({ cause: (cause as Error | undefined)?.message }, message);
  process.exit(1);
}

function readSettingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    createLog("proxy", "info").fatal((error as Error).message);
    process.exit(1);
  }
}
