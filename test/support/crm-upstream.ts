import type { IncomingMessage } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { startRawUpstream, type TestUpstream } from "./fixture-upstream.ts";

/** A server that knows people. */
export interface CrmUpstream extends TestUpstream {
  /** What `read_contact` answers, by name. */
  readonly contacts: Map<string, string>;
  /** What its tools were given, oldest first. */
  readonly given: { readonly tool: string; readonly arguments: unknown }[];
  /** What `find_contact` says of its arguments. Default: them. */
  echo: Echo;
}

type Echo = (args: Record<string, unknown>) => unknown;
type State = Pick<CrmUpstream, "contacts" | "given" | "echo">;

export async function startCrmUpstream(): Promise<CrmUpstream> {
  const state: State = { contacts: new Map(), given: [], echo: (args) => args };
  const handler = toNodeHandler(createMcpHandler(() => createCrm(state)));
  const upstream = await startRawUpstream(
    (request, response) =>
      void handler(request as IncomingMessage & { method: string; url: string }, response),
  );
  return Object.assign(state, upstream);
}

function createCrm(state: State): McpServer {
  const { contacts, given } = state;
  const server = new McpServer(
    { name: "crm", version: "1.0.0" },
    { capabilities: { tools: {}, prompts: {}, resources: {} } },
  );
  const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
  const note = (tool: string, args: unknown) => void given.push({ tool, arguments: args });
  server.registerTool(
    "read_contact",
    { description: "Reads a contact of the database", inputSchema: z.object({ name: z.string() }) },
    ({ name }) => text(contacts.get(name) ?? "nobody"),
  );
  server.registerTool(
    "find_contact",
    {
      description: "Finds a contact in the database",
      inputSchema: z.looseObject({
        query: z.string().max(64).optional(),
        email: z.email().optional(),
        account_id: z.string().max(40).optional(),
        filters: z.array(z.object({ field: z.string(), value: z.string() })).optional(),
      }),
    },
    (args) => {
      note("find_contact", args);
      const said = state.echo(args);
      return text(`found ${JSON.stringify(args)} ${JSON.stringify(said)}`);
    },
  );
  server.registerTool(
    "send_email",
    {
      description: "Sends a mail",
      inputSchema: z.object({ to: z.string(), body: z.string() }),
    },
    (args) => {
      note("send_email", args);
      return text("sent");
    },
  );
  server.registerPrompt(
    "greet",
    { description: "Greets", argsSchema: z.object({ email: z.string() }) },
    (args) => {
      note("greet", args);
      return { messages: [{ role: "user" as const, content: { type: "text", text: "hello" } }] };
    },
  );
  return server;
}
