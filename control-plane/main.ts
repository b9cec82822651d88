import { hostname } from "node:os";
import { ServerCredentials } from "@grpc/grpc-js";
import { Lifecycle } from "../core/service/lifecycle.ts";
import { createLog, type Logger } from "../core/service/log.ts";
import { exitWithParent } from "../core/service/parent.ts";
import { failToStart, onEndSignals, stopper } from "../core/service/stop.ts";
import { createControlPlane } from "./control-plane.ts";
import { readSettings, type Settings } from "./settings.ts";

const name = "control-plane";

await main().catch((error: unknown) => failToStart(createLog(name, "info"), error));

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const log = createLog(name, settings.logLevel);
  const lifecycle = new Lifecycle();
  const stop = stopper({ what: "the control plane", log, close: () => lifecycle.close() });
  exitWithParent();
  onEndSignals((signal) => void stop(signal));
  const producer = `${name}@${hostname()}`;
  const server = await createControlPlane({ settings, producer, log, env: process.env }, lifecycle);
  const { grpcAddress } = settings;
  const port = await server.listen(grpcAddress, ServerCredentials.createInsecure());
  log.info({ address: grpcAddress, port }, "the control plane is ready");
  warnWhereExposed(settings, log);
}

function warnWhereExposed({ grpcAddress }: Settings, log: Logger): void {
  if (/^(127\.|localhost:|\[::1\]|unix:)/.test(grpcAddress)) return;
  log.warn(
    { address: grpcAddress },
    "tokens and policies cross the network unencrypted: put the control plane behind TLS or on a private network",
  );
}
