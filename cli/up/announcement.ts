import type { Policy } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";

export interface Announcement {
  readonly policy: Policy | undefined;
  readonly port: number;
  readonly agentKey: string;
  /** How mcpctl is called from here, with what it needs to find this gateway. */
  readonly mcpctl: string;
  /** How the MCP Inspector is called from here. */
  readonly inspector: string;
  /** The demo policy, to be changed and pushed. */
  readonly demoPolicy: string;
  readonly logs: string;
}

/** The name of the demo policy: only with it do the demo's lines work. */
const demoName = "demo";

/** What a person reads when the gateway runs: where it is, a key, and three things to try. */
export function announce(gateway: Announcement): string {
  const paths = gateway.policy?.routes.map(({ path }) => path) ?? [];
  const [first = "/", ...others] = paths.map((path) => `http://127.0.0.1:${gateway.port}${path}`);
  const call = (url: string, what: string) =>
    `${gateway.inspector} --cli ${url} --transport http --header "Authorization: Bearer ${gateway.agentKey}" --method ${what}`;
  const isDemo = gateway.policy?.metadata?.name === demoName;
  const things = isDemo ? demoThings(gateway, call) : generalThings(gateway, first, call);

  return [
    "",
    "The gateway runs.",
    "",
    `  MCP URL    ${first}`,
    ...others.map((url) => `             ${url}`),
    `  Agent key  ${gateway.agentKey}`,
    "             (of agent demo; an MCP client sends it as: Authorization: Bearer <key>)",
    "",
    "Three things to try, in another terminal:",
    ...things,
    "",
    isDemo
      ? `The policy is ${gateway.demoPolicy}: change it, then ${gateway.mcpctl} policy push ${gateway.demoPolicy}`
      : `Another policy: ${gateway.mcpctl} policy push <file>`,
    `Logs are in ${gateway.logs}. Ctrl-C stops everything.`,
    "",
  ].join("\n");
}

type Call = (url: string, what: string) => string;

function demoThings({ port, mcpctl }: Announcement, call: Call): readonly string[] {
  const files = `http://127.0.0.1:${port}/mcp/files`;
  const everything = `http://127.0.0.1:${port}/mcp/everything`;
  return [
    "",
    "1. See the tools, and read a file: allowed.",
    `   ${call(files, "tools/list")}`,
    `   ${call(files, "tools/call --tool-name read_text_file --tool-arg path=welcome.txt")}`,
    "",
    "2. Write a file: the call waits until a human approves it (in a third terminal, within 50 s).",
    `   ${call(files, 'tools/call --tool-name write_file --tool-arg path=hello.txt "content=Hello from an agent"')}`,
    `   ${mcpctl} approvals list`,
    `   ${mcpctl} approve <id>`,
    "",
    "3. Let a server fetch from the network: denied, and the audit trail says why.",
    `   ${call(everything, "tools/call --tool-name gzip-file-as-resource --tool-arg name=page.gz data=https://example.com")}`,
    `   ${mcpctl} audit tail`,
  ];
}

function generalThings({ mcpctl }: Announcement, url: string, call: Call): readonly string[] {
  return [
    `1. The tools that agent demo may use:   ${call(url, "tools/list")}`,
    `2. The calls that wait for a human:     ${mcpctl} approvals list`,
    `3. What was called, and how it ended:   ${mcpctl} audit tail`,
  ];
}
