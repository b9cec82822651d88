import { hostname } from "node:os";
import { ServerCredentials } from "@grpc/grpc-js";
import { Lifecycle } from "../core/service/lifecycle.ts";
import { createLog, type Logger } from "../core/service/log.ts";
import { exitWithParent } from "../core/service/parent.ts";
import { createControlPlane } from "./control-plane.ts";
import { readSettings, type Settings } from "./settings.ts";

const name = "control-plane";
const lifecycle = new Lifecycle();

await main().catch((error: unknown) => fail(createLog(name, "info"), error));

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const log = createLog(name, settings.logLevel);
  exitWithParent();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void stop(log, signal));
  }
  const producer = `${name}@${hostname()}`;
  const server = await createControlPlane({ settings, producer, log, env: process.env }, lifecycle);
  const { grpcAddress } = settings;
  const port = await server.listen(grpcAddress, ServerCredentials.createInsecure());
  log.info({ address: grpcAddress, port }, "the control plane is ready");
  warnWhereExposed(settings, log);
}

/** Whatever hangs, such as a Redis that does not answer, must not hold up a deploy. */
const stopWithinMs = 8_000;

async function stop(log: Logger, signal: string): Promise<void> {
  log.info({ signal }, "the control plane stops");
  setTimeout(() => {
    log.error(`not everything was closed within ${stopWithinMs / 1_000} s; leaving all the same`);
    process.exit(0);
  }, stopWithinMs);
  try {
    await lifecycle.close();
  } catch (error) {
    log.error({ err: error }, "the control plane did not stop cleanly");
  }
  process.exit(0);
}

/** What cannot start says why in one line; whoever reads it mends settings, not code. */
function fail(log: Logger, error: unknown): never {
  log.fatal(sentenceOf(error));
  process.exit(1);
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message.replaceAll(/\s*\n\s*/g, " ");
  return error.cause === undefined ? message : `${message}: ${sentenceOf(error.cause)}`;
}

function warnWhereExposed({ grpcAddress }: Settings, log: Logger): void {
  if (/^(127\.|localhost:|\[::1\]|unix:)/.test(grpcAddress)) return;
  log.warn(
    { address: grpcAddress },
    "tokens and policies cross the network unencrypted: put the control plane behind TLS or on a private network",
  );
}
