import { Lifecycle } from "../../../core/service/lifecycle.ts";
import { createLog } from "../../../core/service/log.ts";
import { exitWithParent } from "../../../core/service/parent.ts";
import { failToStart, onEndSignals } from "../../../core/service/stop.ts";
import { bridgeToken } from "../bridge-token.ts";
import { Bridge } from "./bridge.ts";
import { commandEnv } from "./command-env.ts";
import { servePolicy } from "./serve-policy.ts";
import { type BridgeSettings, readSettings } from "./settings.ts";

const startWithinMs = 30_000;
const readWithinMs = 30_000;
/** What one agent may have of what the bridge can bear. */
const shareOfAgent = 0.25;
const settings = readSettingsOrExit();
const log = createLog(settings.proxyId, settings.logLevel);
const lifecycle = new Lifecycle();
exitWithParent();
onEndSignals((signal) => void stop(signal));

try {
  await start(settings);
} catch (error) {
  failToStart(log, error);
}

async function start({
  host,
  port,
  joinToken,
  maxSessions,
  maxProcesses,
  idleMs,
}: BridgeSettings): Promise<void> {
  const bridge = new Bridge({
    host,
    port,
    token: bridgeToken(joinToken),
    env: commandEnv(process.env),
    secrets: process.env,
    limits: {
      maxSessions,
      maxSessionsOfAgent: Math.ceil(maxSessions * shareOfAgent),
      maxProcesses,
      maxProcessesOfAgent: Math.ceil(maxProcesses * shareOfAgent),
      idleMs,
      startWithinMs,
      readWithinMs,
    },
    log,
  });
  const boundPort = await bridge.listen();
  lifecycle.use("bridge", bridge, (it) => it.close());
  const stopFollowing = servePolicy(bridge, { settings, port: boundPort, log });
  lifecycle.use("configuration stream", stopFollowing, (it) => it());
  log.info({ host, port: boundPort }, "the bridge is ready");
}

async function stop(signal: string): Promise<void> {
  log.info({ signal }, "the bridge stops, and its servers with it");
  try {
    await lifecycle.close();
    process.exit(0);
  } catch (error) {
    log.error({ err: error }, "the bridge did not stop cleanly");
    process.exit(1);
  }
}

function readSettingsOrExit(): BridgeSettings {
  try {
    return readSettings(process.env);
  } catch (error) {
    return failToStart(createLog("bridge", "info"), error);
  }
}
