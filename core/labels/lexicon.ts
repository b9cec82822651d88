/** The words by which tools say what they do. Data: what they mean stands in derive-labels.ts. */

function words(...lines: string[]): ReadonlySet<string> {
  return new Set(lines.join(" ").split(" "));
}

/** Verbs that bring something to the agent. */
export const readVerbs = words(
  "read get list search find query fetch view show describe lookup look load download export dump cat open",
  "retrieve inspect tail grep extract select browse scan scrape crawl preview check resolve receive",
  "summarize summarise analyze analyse compare recall ask observe screenshot snapshot monitor watch head tree",
  "enumerate access explore visit navigate goto lists gets reads returns searches fetches retrieves",
);

/** Verbs that change something at home: what they answer is that they did. */
export const writeVerbs = words(
  "write create update add edit set insert append put patch delete remove move rename copy mkdir modify save",
  "store upsert replace merge close assign start stop restart enable disable configure install register",
  "archive complete cancel reset link unlink attach detach approve reject build run rerun trigger schedule",
  "change transition toggle activate deactivate verify revert mark unmark flag dismiss upgrade rollback scale expose fork",
  "draft clone checkout commit bulk switch lock unlock pin unpin star subscribe unsubscribe execute exec call make",
);

/** Verbs that carry words to others. */
export const sendVerbs = words(
  "send publish upload notify submit forward retweet push invite broadcast transmit dispatch announce respond",
  "react pay transfer sends publishes",
);

/** The same, but they name things too: "email_user" sends, "get_email" does not. */
export const sendNouns = words("post email mail share reply tweet sms comment webhook message dm");

/** Queries are answered, whatever verb stands before them. */
export const queryWords = words("query sql select");

export const destroyVerbs = words(
  "delete remove drop destroy purge truncate wipe erase kill terminate revoke overwrite uninstall rmdir rm",
  "unlink clear reset prune deletes removes",
);

/** Verbs that do what they are told, and tell what came of it. */
export const runVerbs = words("run exec execute invoke eval evaluate");

/** Places of one's own: what is written there does not leave. */
export const homeNouns = words(
  "file files directory directories folder folders filesystem disk database databases db sql table tables row rows",
  "record records schema collection collections index indexes key keys cache redis hash memory memories entity entities",
  "relation relations observation observations node nodes edge edges graph knowledge vector vectors embedding embeddings",
  "variable variables env environment config configuration setting settings preference preferences todo todos cell cells notebook",
  "git branch branches commit commits stash worktree alarm timer reminder reminders bookmark bookmarks theme volume window",
  "clipboard thought thoughts thinking plan insight insights context workspace sandbox cursor",
);

/** Verbs of reading the web. */
export const webVerbs = words("scrape crawl browse visit navigate");

/** What others can write to, and what is read there. */
export const untrustedNouns = words(
  "webpage webpages website websites page pages internet browser",
  "news rss feed feeds article articles tweet tweets timeline issue issues pull pulls pr prs ticket tickets comment comments",
  "mail mails email emails gmail outlook inbox imap message messages chat chats slack discord telegram whatsapp",
  "teams channel channels thread threads conversation conversations review reviews forum reddit subreddit twitter",
  "wikipedia wiki youtube hackernews discussion discussions post posts",
  "mention mentions notification notifications bing duckduckgo brave tavily firecrawl arxiv paper papers",
  "confluence jira zendesk intercom linear feedback blog blogs social linkedin facebook instagram playwright puppeteer dom",
  "readme readmes invites stackoverflow answers screen screenshot screenshots ocr caption captions subtitles wayback uploaded uploads",
  "submission submissions responses survey surveys applicant applicants complaint complaints testimonials inquiry inquiries",
  "agenda listing listings voicemail voicemails mastodon discourse statuses calendar calendars meeting meetings",
);

/** Of these, what anybody may read. */
export const openPlaces = words(
  "webpage webpages website websites internet news rss feed feeds article articles tweet tweets twitter reddit subreddit",
  "wikipedia youtube hackernews forum review reviews bing duckduckgo brave tavily firecrawl arxiv paper papers",
  "blog blogs linkedin facebook instagram browser playwright puppeteer selenium dom",
);

/** The same, as long as they stand for the web itself, and not for a rule or a page of somebody's own. */
export const webNouns = words(
  "web html url urls link links online site google video videos transcript transcripts",
);

/** What outsiders must not learn. */
export const privateNouns = words(
  "file files directory directories folder folders filesystem disk path document documents doc drive onedrive",
  "dropbox sharepoint database databases db sql table tables row rows record records schema warehouse mysql",
  "postgres postgresql sqlite mongodb mongo collection redis bigquery snowflake customer customers client",
  "clients employee employees patient patients user users account accounts member members contact contacts",
  "mail mails email emails gmail outlook inbox imap calendar meeting meetings credential credentials secret",
  "secrets password passwords token env environment config configuration key keys vault balance balances",
  "transaction transactions payment payments invoice invoices order orders salary payroll bank billing card",
  "memory memories entity entities node nodes graph notes note knowledge clipboard log logs crm private",
  "personal confidential internal hr finance ledger profile",
);

/** What is there for everybody: reading it tells nothing about anybody. */
export const publicNouns = words(
  "weather forecast time timezone timezones clock date currency exchange stock stocks quote quotes crypto price",
  "prices library libraries documentation docs package packages npm pypi crate version versions map maps",
  "geocode directions distance elevation place places flight flights train hotel hotels movie movies recipe recipes",
  "unit units math calculator dictionary definition translation language languages country countries timezones",
  "model models region regions help capabilities ping health echo",
);

/** Verbs that work something out of what they are given. */
export const pureVerbs = words(
  "calculate compute add sum subtract multiply divide convert echo ping format validate parse encode decode hash",
  "generate translate think sequentialthinking count sort random roll now sleep wait",
);

/** Where outsiders read what is created there. */
export const sharedNouns = words(
  "issue issues comment comments pull pr ticket tickets gist post posts message messages tweet thread threads",
  "discussion reply event events invite invitation invitations mail email release review story announcement",
  "payment payments payout payouts refund refunds order orders zap zaps zapier ifttt webhooks webhook permission permissions collaborator collaborators repository repo blog article status reaction paste pastebin meeting sms notification letter",
);

/** Parameters that name who gets something. */
export const recipientNames = words(
  "to cc bcc recipient recipients email emails mail address addressee receiver phone msisdn number channel",
  "channelid chat chatid room roomid conversation webhook topic destination audience attendees",
  "assignees reviewers thread threadid",
);

/** Parameters that hold what is said. */
export const messageNames = words(
  "body message text content subject comment html markdown payload data note caption description blocks",
  "attachments attachment summary title twiml",
);

export const hostNames = words("host hostname domain fqdn hosts hostnames domains server");

/** What is done to a host of a call's. */
export const networkVerbs = words(
  "resolve ping dig nslookup dns whois traceroute connect probe lookup portscan",
);

/** Parameters by which a tool takes a program of its caller's. */
export const programNames = words(
  "command commands cmd cmdline commandline shell script code program",
);

/** Tools that run what they are given. */
export const programVerbs = words(
  "run exec execute eval evaluate bash sh shell terminal powershell python javascript node ssh interpreter",
  "code command",
);

/** Acts of a browser, which carry what is typed to the page. */
export const browserActs = words(
  "click type fill press select hover drag submit upload evaluate input",
);

export const browserNouns = words("browser page tab playwright puppeteer selenium chrome");

/** All of them that can be a part of another. */
export const vocabulary: ReadonlySet<string> = new Set([
  ...readVerbs,
  ...writeVerbs,
  ...sendVerbs,
  ...sendNouns,
  ...destroyVerbs,
  ...untrustedNouns,
  ...webNouns,
  ...privateNouns,
  ...programNames,
  ...programVerbs,
  ...messageNames,
]);
