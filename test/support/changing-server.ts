import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const folderOfProcess = process.argv[2];

/** A server whose tool `read_note` is described by `description.txt` in the folder, as that is when it is made and whenever it changes. */
export function createChangingServer(folder: string): McpServer {
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  const describe = () => readFileSync(join(folder, "description.txt"), "utf8");
  const tool = server.registerTool(
    "read_note",
    { description: describe(), inputSchema: z.object({ title: z.string() }) },
    ({ title }) => ({ content: [{ type: "text", text: `The note ${title} is empty.` }] }),
  );
  const watched = watch(folder, () => {
    if (describe() !== "") tool.update({ description: describe() });
  });
  watched.unref();
  server.server.onclose = () => watched.close();
  return server;
}

// Run with node and a folder it serves stdio, in both eras.
if (import.meta.main && folderOfProcess !== undefined) {
  serveStdio(() => createChangingServer(folderOfProcess));
}
