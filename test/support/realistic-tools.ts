/** What a call of a tool does, as somebody sees it who knows the tool. */
export type ToolRole = "reads-private" | "reads-untrusted" | "sends" | "neither";

/** A tool as servers of its kind list it. */
export interface RealisticTool {
  readonly role: ToolRole;
  readonly server: string;
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly string[];
  readonly annotations?: Readonly<Record<string, boolean>>;
}

type Row = readonly [server: string, name: string, parameters: string, description: string];

const privateRows: readonly Row[] = [
  ["warehouse", "run_select", "statement", "Runs a read-only statement and returns the rows"],
  ["crm", "contacts_search", "filter,limit", "Find people and companies in HubSpot"],
  ["crm", "get_opportunity", "id", "Details of a deal with its amount and stage"],
  ["hris", "fetch_compensation", "employee_id", "Returns the current pay of somebody"],
  ["bank", "statement_for_period", "account,from,to", "Booked items of an account"],
  ["bank", "list_accounts", "", "All accounts that the user holds"],
  ["vault", "reveal", "path", "Shows what is stored under a path"],
  ["k8s", "kubectl_get", "resource,namespace", "Get or list Kubernetes resources"],
  ["cloud", "describe_instances", "region", "Lists EC2 instances and their settings"],
  ["drive", "gdrive_read_file", "fileId", "Read the contents of a file from Google Drive"],
  ["obsidian", "get_vault_note", "filename", "Content of a note in your vault"],
  ["sheets", "get_cells", "spreadsheet_id,range", "Values of a range"],
  ["airtable", "list_records", "baseId,tableId", "List records from a table"],
  ["health", "patient_summary", "mrn", "Diagnoses, medication and allergies"],
  ["legal", "contract_text", "contract_number", "Full text of a signed contract"],
  [
    "search",
    "es_search",
    "index,query_body",
    "Perform an Elasticsearch search with the provided query DSL",
  ],
  [
    "vectors",
    "qdrant-find",
    "query",
    "Look up memories in Qdrant. Use this tool when you need to find memories by their content",
  ],
  [
    "billing",
    "retrieve_balance",
    "",
    "This tool will retrieve the balance from Stripe. It takes no input.",
  ],
  [
    "billing",
    "list_customers",
    "limit,email",
    "This tool will fetch a list of Customers from Stripe.",
  ],
  ["shop", "get-orders", "status,limit", "Orders with names and addresses of buyers"],
  ["git", "git_diff", "repo_path,target", "Shows differences between branches or commits"],
  ["code", "view_source", "path,start,end", "Lines of a source file of the private repository"],
  [
    "calendar",
    "list-events",
    "calendarId,timeMin,timeMax",
    "List events from one or more calendars",
  ],
  [
    "graph",
    "read_neo4j_cypher",
    "query,params",
    "Execute a read Cypher query on the neo4j database.",
  ],
  ["desk", "clipboard_paste", "", "What is on the clipboard now"],
  ["iam", "api_keys", "user", "Keys of a user"],
  ["ops", "tail_logs", "service,lines", "The latest log lines of a service"],
  ["redis", "hgetall", "name", "Get all fields and values from a Redis hash."],
];

const untrustedRows: readonly Row[] = [
  ["exa", "web_search_exa", "query,numResults", "Search the web using Exa AI"],
  [
    "perplexity",
    "perplexity_ask",
    "messages",
    "Engages in a conversation using the Sonar API, grounded in the web",
  ],
  [
    "apify",
    "rag-web-browser",
    "query,maxResults",
    "Web browser for AI agents, similar to a web browser in ChatGPT",
  ],
  [
    "browser",
    "browser_snapshot",
    "",
    "Capture accessibility snapshot of the current page, this is better than screenshot",
  ],
  [
    "crawler",
    "firecrawl_scrape",
    "url,formats",
    "Scrape content from a single URL with advanced options",
  ],
  ["readers", "jina_reader", "address", "Clean text of a page on the internet"],
  ["yt", "get_transcript", "video_id,lang", "Retrieves the captions of a YouTube video"],
  ["hn", "get_stories", "story_type,num_stories", "Get stories from Hacker News"],
  [
    "reddit",
    "get_post_content",
    "post_id",
    "Get detailed content of a specific Reddit post with its comments",
  ],
  ["arxiv", "download_paper", "paper_id", "Download a paper and create a resource for it"],
  ["wiki", "get_article", "title", "Get the full content of a Wikipedia article"],
  ["maps", "place_reviews", "place_id", "What visitors wrote about a place"],
  ["mail", "gmail_read_thread", "thread_id", "All messages of a thread"],
  ["mail", "list_inbox", "limit", "The newest mails with sender and subject"],
  [
    "chat",
    "conversations_history",
    "channel_id,limit",
    "Get messages from the channel (or DM) by channel_id",
  ],
  [
    "chat",
    "discord_read_messages",
    "channelId,limit",
    "Retrieves messages from a Discord text channel",
  ],
  [
    "github",
    "issue_read",
    "owner,repo,issue_number",
    "Get information about a specific issue in a GitHub repository.",
  ],
  ["github", "get_pull_request_comments", "owner,repo,pullNumber", "Comments of a pull request"],
  [
    "linear",
    "get_issue",
    "id",
    "Retrieve detailed information about an issue by ID, including attachments",
  ],
  ["support", "zendesk_get_ticket", "ticket_id", "Retrieve a Zendesk ticket by its ID"],
  ["support", "next_case", "queue", "The oldest open customer request, as the customer wrote it"],
  ["forms", "list_responses", "form_id", "Answers that visitors submitted to a form"],
  ["news", "headlines", "topic,country", "Top headlines with their teasers"],
  ["rss", "fetch_feed", "feed_url", "Entries of a feed"],
  ["social", "x_mentions", "count", "Posts on X that mention the user"],
  ["wa", "list_messages", "chat_jid,limit", "Get WhatsApp messages matching specified criteria"],
  ["jobs", "read_application", "applicant_id", "Cover letter and CV that an applicant uploaded"],
  [
    "sentry",
    "get_sentry_issue",
    "issue_id_or_url",
    "Retrieve and analyze a Sentry issue by ID or URL, with the stacktrace",
  ],
];

const sendRows: readonly Row[] = [
  ["mail", "send_email", "to,subject,body", "Sends a mail"],
  ["mail", "reply_to_thread", "thread_id,text", "Answers everybody in a thread"],
  ["mail", "gmail_create_draft_and_send", "recipients,message", "Creates and sends"],
  ["chat", "slack_post_message", "channel_id,text", "Post a new message to a Slack channel"],
  [
    "chat",
    "discord_send",
    "channelId,message",
    "Sends a message to a specified Discord text channel.",
  ],
  ["wa", "send_message", "recipient,message", "Send a WhatsApp message to a person or group"],
  ["sms", "twilio_create_message", "to,from,body", "Creates an outgoing SMS"],
  [
    "web",
    "fetch",
    "url,max_length",
    "Fetches a URL from the internet and extracts its contents as markdown.",
  ],
  ["web", "http_post", "endpoint,payload", "POST to an endpoint"],
  ["browser", "browser_navigate", "url", "Navigate to a URL"],
  ["browser", "browser_type", "element,text,submit", "Type text into editable element"],
  ["browser", "browser_fill_form", "fields", "Fill multiple form fields"],
  ["github", "create_issue", "owner,repo,title,body", "Create a new issue in a GitHub repository"],
  [
    "github",
    "add_issue_comment",
    "owner,repo,issue_number,body",
    "Add a comment to a specific issue",
  ],
  ["github", "create_gist", "filename,content,public", "Creates a gist"],
  [
    "github",
    "push_files",
    "owner,repo,branch,files,message",
    "Push multiple files in a single commit",
  ],
  ["linear", "create_comment", "issueId,body", "Create a comment on a specific Linear issue"],
  ["social", "post_tweet", "text", "Posts to X"],
  ["social", "publish_status", "content,visibility", "Publishes to Mastodon"],
  [
    "calendar",
    "create-event",
    "summary,start,end,attendees,description",
    "Create a new calendar event",
  ],
  ["drive", "share_file", "fileId,email,role", "Gives somebody access to a file"],
  ["storage", "s3_put_object", "bucket,key,body", "Writes an object"],
  ["paste", "create_paste", "content,expiry", "Makes a paste and returns its address"],
  ["hooks", "trigger_zap", "zap,data", "Runs a Zapier zap with data"],
  ["bank", "make_payment", "iban,amount,reference", "Orders a SEPA transfer"],
  ["support", "respond_to_case", "case_id,text", "Sends the answer to the customer"],
  ["files", "upload_to_dropbox", "local_path,remote_path", "Uploads a file"],
  ["mon", "notify_oncall", "summary,details", "Pages whoever is on call"],
  ["dns", "dns_lookup", "hostname,type", "Resolves a name"],
  ["docs", "share_document_link", "doc_id,with", "Shares a document"],
  ["tele", "telegram_bot_say", "chat_id,text", "Says something in a chat"],
  ["img", "render_image_from_url", "image_url", "Loads an image and describes it"],
];

const neitherRows: readonly Row[] = [
  ["calc", "calculate", "expression", "Works out an expression"],
  ["clock", "get_current_time", "timezone", "Get current time in a specific timezone"],
  [
    "think",
    "sequentialthinking",
    "thought,thoughtNumber",
    "A detailed tool for dynamic problem-solving through thoughts",
  ],
  ["units", "convert_units", "value,from,to", "Converts between units"],
  ["weather", "get_forecast", "latitude,longitude", "Get weather forecast for a location"],
  ["fx", "exchange_rate", "base,quote", "The exchange rate of two currencies"],
  ["text", "format_json", "json", "Formats JSON"],
];

const of = (role: ToolRole, rows: readonly Row[]): RealisticTool[] =>
  rows.map(([server, name, parameters, description], index) => ({
    role,
    server,
    name,
    description,
    parameters: parameters.split(",").filter((it) => it !== ""),
    // What servers say of themselves, right or wrong: every third says that it is harmless.
    ...(index % 3 === 0 && { annotations: { readOnlyHint: true, openWorldHint: false } }),
  }));

/** Tools as they are found in registries. */
export const realisticTools: readonly RealisticTool[] = [
  ...of("reads-private", privateRows),
  ...of("reads-untrusted", untrustedRows),
  ...of("sends", sendRows),
  ...of("neither", neitherRows),
];
