import { createLog } from "../core/service/log.ts";
import { exitWithParent } from "../core/service/parent.ts";
import { failToStart, onEndSignals } from "../core/service/stop.ts";
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
  onEndSignals(stop);
} catch (error) {
  failToStart(log, error);
}

function readSettingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    return failToStart(createLog("proxy", "info"), error);
  }
}
