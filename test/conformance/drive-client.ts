import { Client, StreamableHTTPClientTransport, type Tool } from "@modelcontextprotocol/client";

/** What the suite tells the client that it starts. */
export interface Task {
  readonly specVersion: string;
  /** Calls that the scenario wants; otherwise each tool is called once. */
  readonly toolCalls: readonly ToolCall[] | undefined;
}

interface ToolCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** Reads the suite's task from the environment that it starts a client with. */
export function readTask(env: NodeJS.ProcessEnv): Task {
  const context = JSON.parse(env["MCP_CONFORMANCE_CONTEXT"] ?? "{}");
  return {
    specVersion: env["MCP_CONFORMANCE_PROTOCOL_VERSION"] ?? "2025-11-25",
    toolCalls: context.toolCalls,
  };
}

/** Does with the official client everything that the suite watches for: lists, and uses what it finds. */
export async function driveClient(url: URL, { specVersion, toolCalls }: Task): Promise<void> {
  const client = new Client(
    { name: "conformance-client", version: "1.0.0" },
    {
      capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} },
      versionNegotiation: { mode: specVersion >= "2026-07-28" ? "auto" : "legacy" },
    },
  );
  client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: {} }));
  await client.connect(new StreamableHTTPClientTransport(url));
  const { tools } = await client.listTools();
  for (const call of toolCalls ?? tools.map((tool) => callOf(tool, tools))) {
    await client.callTool(call).catch(report);
  }
  const { resources } = await client.listResources();
  for (const { uri } of resources) await client.readResource({ uri }).catch(report);
  const { prompts } = await client.listPrompts();
  for (const { name } of prompts) await client.getPrompt({ name }).catch(report);
  await client.close();
}

function callOf({ name, inputSchema }: Tool, tools: readonly Tool[]): ToolCall {
  const properties = Object.entries(inputSchema.properties ?? {});
  const args = properties.map(([key, schema]) => [key, valueFor(schema, tools)]);
  return { name, arguments: Object.fromEntries(args) };
}

/** A value that the schema allows. An object is taken for a tool's schema, which one scenario wants to see again. */
function valueFor(schema: unknown, tools: readonly Tool[]): unknown {
  const type = typeof schema === "object" && schema && "type" in schema ? schema.type : undefined;
  if (type === "number" || type === "integer") return 5;
  if (type === "object") return tools[0]?.inputSchema;
  return type === "boolean" ? true : "text";
}

function report(error: unknown): void {
  process.stderr.write(`${error}\n`);
}
