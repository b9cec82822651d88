import { driveClient, readTask } from "./drive-client.ts";

// biome-ignore lint/style/noProcessEnv: the suite starts this file, there is no main.ts above it.
await driveClient(new URL(process.argv.at(-1) ?? ""), readTask(process.env));
