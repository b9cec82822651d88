import { driveClient, readTask } from "./drive-client.ts";
import { startOpenGateway } from "./start-gateway.ts";

// biome-ignore lint/style/noProcessEnv: the suite starts this file, there is no main.ts above it.
const task = readTask(process.env);
// The suite's server is the upstream of a gateway of this process.
const gateway = await startOpenGateway({
  upstreams: { mcp: process.argv.at(-1) ?? "" },
  proxies: 1,
  // So that it reads the suite's schemas. Calls that the suite prescribes break them on purpose.
  checksSchemas: task.toolCalls === undefined,
});
try {
  await driveClient(new URL(`http://127.0.0.1:${gateway.ports[0]}/mcp`), task);
} finally {
  await gateway.stop();
}
// Timers of libraries would keep the process for seconds.
process.exit();
