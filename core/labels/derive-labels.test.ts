import { describe, expect, it } from "vitest";
import { deriveLabels } from "./derive-labels.ts";
import { labelsOfResource } from "./labels-of-others.ts";

const short = {
  P: "reads-private",
  U: "reads-untrusted",
  S: "can-send",
  D: "destructive",
} as const;

function labels(
  name: string,
  parameters: readonly string[] = [],
  more: object = {},
  upstream = "",
) {
  const properties = Object.fromEntries(
    parameters.map((parameter) => [parameter, { type: "string" }]),
  );
  const inputSchema = { type: "object", properties };
  const found = deriveLabels({ name, inputSchema, ...more }, upstream);
  return Object.entries(short)
    .filter(([, label]) => found.includes(label))
    .map(([letter]) => letter)
    .join("");
}

describe("the labels of a tool", () => {
  it.each([
    ["read_file", ["path"], "P"],
    ["read_text_file", ["path", "head", "tail"], "P"],
    ["list_directory", ["path"], "P"],
    ["directory_tree", ["path"], "P"],
    ["search_files", ["path", "pattern"], "P"],
    ["get_file_info", ["path"], "P"],
    ["write_file", ["path", "content"], ""],
    ["edit_file", ["path", "edits"], ""],
    ["create_directory", ["path"], ""],
    ["read_graph", [], "P"],
    ["search_nodes", ["query"], "P"],
    ["create_entities", ["entities"], ""],
    ["read_query", ["query"], "P"],
    ["execute_query", ["query"], "P"],
    ["run_query", ["sql"], "PD"],
    ["list_tables", [], "P"],
    ["get_customer", ["id"], "P"],
    ["customer_lookup", ["id"], "P"],
    ["account_balance", ["account"], "P"],
    ["get_secret", ["name"], "P"],
    ["export_report", ["month"], "P"],
  ])("that keeps things: %s%j is %s", (name, parameters, expected) => {
    expect(labels(name, parameters)).toBe(expected);
  });

  it.each([
    ["fetch", ["url", "max_length"], "US"],
    ["fetch_page", ["url"], "US"],
    ["browse", ["url"], "US"],
    ["read_url", ["url"], "US"],
    ["http_request", ["url", "method", "body"], "US"],
    ["puppeteer_navigate", ["url"], "US"],
    ["browser_snapshot", [], "U"],
    ["browser_click", ["selector"], "US"],
    ["browser_type", ["selector", "text"], "US"],
    ["brave_web_search", ["query"], "U"],
    ["web_search", ["query"], "U"],
    ["get_article", ["id"], "U"],
    ["read_webpage", ["id"], "U"],
    ["get_issue", ["owner", "repo", "issue_number"], "U"],
    ["list_pull_requests", ["owner", "repo"], "U"],
    ["get_ticket", ["id"], "PU"],
    ["slack_get_channel_history", ["channel_id", "limit"], "PU"],
    ["search_emails", ["query"], "PU"],
    ["readMessage", ["id"], "PU"],
    ["mail_read", ["id"], "PU"],
    ["notion_retrieve_page", ["page_id"], "PU"],
    ["confluence_get_page", ["page_id"], "PU"],
    ["jira_search", ["jql"], "PU"],
    ["list_web_firewall_rules", [], "P"],
    ["get_url_category", ["id"], "P"],
    ["get_video", ["id"], "U"],
    ["get_transcript", ["video_id"], "U"],
    ["API-retrieve-a-page", ["page_id"], "PU"],
    ["tavily-search", ["query"], "U"],
    ["tavily-extract", ["urls"], "US"],
    ["brave_local_search", ["query"], "U"],
    ["playwright_get_visible_text", [], "U"],
  ])("that shows what others wrote: %s%j is %s", (name, parameters, expected) => {
    const found = labels(name, parameters);
    expect(found).toBe(expected);
  });

  it.each([
    ["send_email", ["to", "subject", "body"]],
    ["mail.send", ["to", "text"]],
    ["email_user", ["user", "text"]],
    ["draft_email", ["to", "subject", "body"]],
    ["slack_post_message", ["channel_id", "text"]],
    ["slack_reply_to_thread", ["channel_id", "thread_ts", "text"]],
    ["conversations_add_message", ["channel_id", "payload"]],
    ["create_issue", ["owner", "repo", "title", "body"]],
    ["add_issue_comment", ["owner", "repo", "issue_number", "body"]],
    ["create_pull_request", ["owner", "repo", "title"]],
    ["create_or_update_file", ["owner", "repo", "path", "content"]],
    ["push_files", ["owner", "repo", "files"]],
    ["create_event", ["title", "attendees"]],
    ["upload_file", ["path", "folder"]],
    ["notify_team", ["text"]],
    ["post_tweet", ["text"]],
    ["transfer_money", ["iban", "amount"]],
    ["webhook", ["payload"]],
    ["contact_support", ["email", "message"]],
    ["put_object", ["bucket", "key", "body"]],
    ["create_permission", ["file_id", "email", "role"]],
    ["create_repository", ["name", "private"]],
    ["jira_add_comment", ["issue_key", "comment"]],
    ["send_sms", ["to", "body"]],
    ["make_call", ["to", "twiml"]],
    ["ping", ["host"]],
  ])("that carries words to others: %s%j can send and brings nothing", (name, parameters) => {
    expect(labels(name, parameters)).toBe("S");
  });

  it.each([
    ["echo", ["text"]],
    ["add", ["a", "b"]],
    ["get_current_time", ["timezone"]],
    ["convert_time", ["time", "to"]],
    ["get_weather", ["city"]],
    ["translate", ["text", "to"]],
    ["sequentialthinking", ["thought"]],
  ])("that keeps nothing and tells nobody: %s%j has none", (name, parameters) => {
    expect(labels(name, parameters)).toBe("");
  });

  it.each([
    ["run_command", ["command"]],
    ["bash", ["command"]],
    ["execute_python", ["code"]],
    ["shell", ["cmd"]],
  ])("that runs programs: %s%j has all of them", (name, parameters) => {
    expect(labels(name, parameters)).toBe("PUSD");
  });

  it.each([
    ["delete_record", ["id"], "D"],
    ["delete_email", ["id"], "D"],
    ["write_query", ["query"], "PD"],
    ["execute_sql", ["statement"], "PD"],
    ["drop_table", ["name"], "D"],
    ["list_deleted_files", [], "P"],
  ])("that destroys: %s%j is %s", (name, parameters, expected) => {
    expect(labels(name, parameters)).toBe(expected);
  });

  it.each([
    ["x_mentions", ["count"], "PU"],
    ["parse_uploaded_pdf", ["upload_id"], "PU"],
    ["add_comment", ["doc", "text"], "S"],
    ["trigger_zap", ["zap", "data"], "S"],
    ["make_payment", ["iban", "amount"], "S"],
    ["create_card", ["list", "title"], "S"],
    ["kafka_produce", ["topic", "value"], "PUS"],
    ["scp", ["src", "dest"], "PUS"],
    ["payslip", ["employee"], "PUS"],
    ["snowflake_exec", ["statement"], "PS"],
    ["set_volume", ["level"], ""],
    ["set_config", ["name", "value"], ""],
  ])(
    "are the careful ones where it is not clear what a tool does: %s%j is %s",
    (name, parameters, expected) => {
      expect(labels(name, parameters)).toBe(expected);
    },
  );

  it("take numbers and choices for no words that could leave", () => {
    const properties = { level: { type: "number" }, room: { enum: ["hall", "attic"] } };
    expect(labels("dim_lights", [], { inputSchema: { type: "object", properties } })).toBe("PU");
  });

  it("come from the description where the name says nothing", () => {
    expect(labels("assistant", ["q"], { description: "Searches the web for an answer" })).toBe("U");
    expect(labels("go", ["q"], { description: "Sends a note to the person on call" })).toBe("S");
    expect(labels("op7", ["id"], { description: "Returns the patient's record" })).toBe("P");
    expect(labels("search", ["q"], {}, "gmail")).toBe("PU");
  });

  it("come from parameters below the first level, too", () => {
    const target = { type: "object", properties: { callback_url: { type: "string" } } };
    const inputSchema = { type: "object", properties: { options: target } };
    expect(labels("render", [], { inputSchema })).toBe("US");
  });

  it("come from every part of a schema", () => {
    const url = { type: "object", properties: { url: { type: "string" } } };
    for (const inputSchema of [
      { $ref: "#/$defs/Args", $defs: { Args: url } },
      {
        type: "object",
        properties: { args: { $ref: "#/definitions/A" } },
        definitions: { A: url },
      },
      { anyOf: [{ type: "object" }, url] },
      { allOf: [url] },
      { oneOf: [{ anyOf: [url] }] },
      { if: {}, else: url },
      { properties: { list: { items: { anyOf: [url] } } } },
      { patternProperties: { "^x": url } },
    ]) {
      expect(labels("render", [], { inputSchema }), JSON.stringify(inputSchema)).toBe("US");
    }
    const deep = { type: "object", properties: {} as Record<string, unknown> };
    deep.properties["self"] = deep;
    expect(labels("get_tree", [], { inputSchema: deep })).toBe("P");
  });

  it("come from words written together or with look-alikes, too", () => {
    expect(labels("sendmail", ["q"])).toBe("S");
    expect(labels("websearch", ["q"])).toBe("U");
    expect(labels("\u0455end_note", ["text"])).toBe("S");
    expect(labels("runshell", ["command"])).toBe("PUSD");
    expect(labels("readfile", ["x"])).toBe("P");
  });

  it("are added by hints that make it more dangerous, and never taken away by others", () => {
    const harmless = { readOnlyHint: true, destructiveHint: false, openWorldHint: false };
    expect(labels("send_email", ["to", "body"], { annotations: harmless })).toBe("S");
    expect(labels("fetch", ["url"], { annotations: harmless })).toBe("US");
    expect(labels("delete_record", ["id"], { annotations: harmless })).toBe("D");
    const dangerous = { readOnlyHint: false, destructiveHint: true, openWorldHint: true };
    expect(labels("apply", ["x"], { annotations: dangerous })).toContain("SD");
    expect(labels("get_thing", ["id"], { annotations: { openWorldHint: true } })).toContain("U");
  });

  it("do not fail on definitions that are none", () => {
    expect(labels("x", [], { description: 5, inputSchema: "no", annotations: [] })).toBe("PU");
    expect(deriveLabels({}, "")).toEqual(["reads-private", "reads-untrusted"]);
  });
});

it("an ordinary session of reading, editing, remembering and searching has nothing that sends", () => {
  const tools: readonly (readonly [string, readonly string[]])[] = [
    ["read_text_file", ["path"]],
    ["search_files", ["path", "pattern"]],
    ["edit_file", ["path", "edits"]],
    ["write_file", ["path", "content"]],
    ["git_commit", ["repo_path", "message"]],
    ["create_entities", ["entities"]],
    ["add_observations", ["observations"]],
    ["read_query", ["query"]],
    ["append_insight", ["insight"]],
    ["brave_web_search", ["query", "count"]],
    ["tavily-search", ["query"]],
    ["sequentialthinking", ["thought"]],
  ];
  const sending = tools.filter(([name, parameters]) => labels(name, parameters).includes("S"));
  expect(sending).toEqual([]);
});

it("resources are private, and those of the web untrusted and told to their host", () => {
  expect(labelsOfResource("file:///etc/hosts")).toEqual(["reads-private"]);
  expect(labelsOfResource("HTTPS://example.com/")).toEqual(["reads-untrusted", "can-send"]);
  for (const uri of ["fetch://example.com/", "x://https://example.com", "x:https%3A%2F%2Fe.com"]) {
    expect(labelsOfResource(uri)).toContain("can-send");
  }
  expect(labelsOfResource("notes://one/http")).toEqual(["reads-private"]);
});
