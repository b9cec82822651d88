/** A stdio server of both eras, on the current official SDK: run it with node. It says who asked what, and lets itself be provoked. */
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

serveStdio(() => {
  const server = new McpServer(
    { name: "stdio-fixture", version: "1.0.0" },
    { capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } } },
  );
  const said = (text: string) => ({ content: [{ type: "text" as const, text }] });
  server.registerTool(
    "echo",
    { inputSchema: z.object({ text: z.string(), afterMs: z.number().default(0) }) },
    async ({ text, afterMs }, { mcpReq }) => {
      const token = mcpReq._meta?.progressToken;
      if (token !== undefined) {
        const params = { progressToken: token, progress: 1, message: text };
        await mcpReq.notify({ method: "notifications/progress", params });
      }
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      return said(`${process.pid} says ${text}`);
    },
  );
  server.registerTool("more-tools", { inputSchema: z.object({}) }, () => {
    server.registerTool(`more-${Date.now()}`, { inputSchema: z.object({}) }, () => said("more"));
    return said("there are more tools");
  });
  return server;
});
