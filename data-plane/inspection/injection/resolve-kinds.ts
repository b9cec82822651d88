import type { NetworkName } from "../../../core/policy/compiled-policy.ts";
import type { ArgumentKindName } from "../../../core/policy/compiled-scanning.ts";

import { type NameTraits, traitsOfName } from "./name-traits.ts";

/** What the arguments of a tool are, as a tree beside its schema. */
export interface KindTree {
  readonly kind: ArgumentKindName | undefined;
  /** How far inside an address may lead, as the schema itself says: "https://{ip}/status", "http://localhost:8080". */
  readonly reach: NetworkName;
  readonly traits: NameTraits;
  /** Whether its description speaks of an address. */
  readonly tellsOfAddress: boolean;
  /** Whether the schema wants an object here: then keys such as "$gt" are the tool's own language. */
  readonly isObject: boolean;
  readonly properties: ReadonlyMap<string, KindTree>;
  readonly items: KindTree | undefined;
}

const maxDepth = 16;
const trees = new WeakMap<object, KindTree>();

/** The kinds that a tool's input schema tells. Worked out once for each schema. */
export function kindsOfSchema(schema: unknown): KindTree | undefined {
  if (!isRecord(schema)) return undefined;
  const known = trees.get(schema);
  if (known) return known;
  const tree = toTree(schema, "", 0);
  trees.set(schema, tree);
  return tree;
}

function toTree(schema: Record<string, unknown>, name: string, depth: number): KindTree {
  const properties = new Map<string, KindTree>();
  const isDeep = depth >= maxDepth;
  if (isRecord(schema["properties"]) && !isDeep) {
    for (const [key, value] of Object.entries(schema["properties"])) {
      if (isRecord(value)) properties.set(key, toTree(value, key, depth + 1));
    }
  }
  const { items } = schema;
  return {
    kind: kindOf(schema, name),
    reach: reachOf(schema),
    traits: traitsOfName(name),
    tellsOfAddress: /\b(?:ur[li]|https?|link|address)s?\b/i.test(
      typeof schema["description"] === "string" ? schema["description"].slice(0, 4_096) : "",
    ),
    isObject: ["object", "dict"].some((type) => [schema["type"]].flat().includes(type)),
    properties,
    items: isRecord(items) && !isDeep ? toTree(items, name, depth + 1) : undefined,
  };
}

const thisMachine = /\bhttps?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])\b/i;
const someDevice =
  /\bhttps?:\/\/(?:[{<$[]{1,2}\s?(?:\w{1,20}[_ -]?)?(?:ip|host|hostname|server|device|router|gateway|controller)\w{0,12}\s?[}>\]]|10\.\d|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/i;

/** A tool for the devices of a network says so in its definition, which people accepted. */
function reachOf({ description, default: preset, examples }: Record<string, unknown>): NetworkName {
  const told = [description, preset, ...(Array.isArray(examples) ? examples.slice(0, 16) : [])]
    .filter((it) => typeof it === "string")
    .map((it) => it.slice(0, 4_096));
  if (told.some((it) => thisMachine.test(it))) return "loopback";
  return told.some((it) => someDevice.test(it)) ? "private" : "public";
}

function kindOf(schema: Record<string, unknown>, name: string): ArgumentKindName | undefined {
  const { format, description } = schema;
  if (Array.isArray(schema["enum"]) || schema["const"] !== undefined) return "id";
  if (typeof schema["contentMediaType"] === "string") return "code";
  const byFormat = typeof format === "string" ? formats.get(format) : undefined;
  if (byFormat) return byFormat;
  return kindOfName(name, typeof description === "string" ? description : "");
}

const formats: ReadonlyMap<string, ArgumentKindName> = new Map([
  ...["uri", "url", "uri-reference", "iri", "iri-reference"].map((it) => [it, "url"] as const),
  ...[
    "email",
    "idn-email",
    "uuid",
    "date",
    "time",
    "date-time",
    "duration",
    "ipv4",
    "ipv6",
    "hostname",
  ].map((it) => [it, "id"] as const),
  ...["path", "file-path", "directory-path"].map((it) => [it, "path"] as const),
  ...["regex", "html", "markdown", "json", "xml"].map((it) => [it, "code"] as const),
]);

const lexicon: readonly (readonly [kind: ArgumentKindName, words: ReadonlySet<string>])[] = [
  [
    "path",
    wordSet(
      "path paths file files filename filenames filepath filepaths dir dirs directory directories folder folders cwd basedir workdir",
    ),
  ],
  [
    "url",
    wordSet(
      "url urls uri uris endpoint webhook href hyperlink baseurl callbackurl website homepage",
    ),
  ],
  ["sql", wordSet("sql")],
  ["shell", wordSet("command commands cmd cmdline commandline shell bash powershell")],
  [
    "code",
    wordSet(
      "code snippet script source content contents html css javascript python json xml yaml toml markdown template regex pattern expression formula equation function patch diff jq jsonpath xpath selector filter where jql cql soql promql kql graphql schema lambda blob base64 glob globs exclude excludes patterns str line lines cell cells formulas esql kusto sparql cypher gremlin logql lucene dsl criteria condition conditions predicate having aggregate aggregation args argv arguments flags params parameters options steps step run build program log logs stacktrace trace stderr stdout stdin example examples sample samples markup locator selectors scripts templates snippets expressions filters crontab cron macro exit env manifest edits replacement replace ssml uml dot graph pgn  svg mermaid latex notebook config data payload rows values",
    ),
  ],
  [
    "text",
    wordSet(
      "text message messages body description prompt comment comments note notes summary instructions instruction thought thoughts reason reasoning question questions answer query search q keyword keywords input topic subject title headline caption bio story paragraph sentence review feedback context explanation details observations observation task goal value values transcript quote lyrics statement string phrase entities entityname section heading chapter memo desc descr remark remarks request requests reply response responses answers rationale justification purpose persona hint hints lyrics error element elements steps idea ideas story excerpt essay letter",
    ),
  ],
  [
    "id",
    wordSet(
      "id ids uid uuid guid key name names user username login email emails host hostname ip ips domain port version branch tag tags ref sha commit status state type types category country city currency date time datetime timezone lang language locale sort order field fields column columns table tables database db repo repos repository owner org organization project projects account number phone symbol ticker unit units format label labels slug code zip sku isbn role roles group groups team channel room bucket object namespace cluster node pod container service image model region zone environment env index cursor token session device platform level priority mode method algorithm color size first last author artist album genre brand product item customer order invoice event queue by address addresses server servers recipient recipients to cc bcc from package packages interface mac department employee company street city zipcode postcode attribute property class registry subdomain fqdn cidr network networks gateway dn cn ou member members view theme reference record",
    ),
  ],
];

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(" "));
}

const names = new Map<string, ArgumentKindName | undefined>();
const maxNames = 5_000;

/** The kind that a name, and where it says nothing a description, speak of. Undefined: neither says. */
export function kindOfName(name: string, description = ""): ArgumentKindName | undefined {
  if (description === "") {
    if (names.has(name)) return names.get(name);
    const kind = readKind(name, "");
    if (names.size < maxNames && name.length <= 100) names.set(name, kind);
    return kind;
  }
  return readKind(name, description);
}

/** The last word of a name says what it is: "file_url" is an address, "url_file" a file. */
function readKind(name: string, description: string): ArgumentKindName | undefined {
  const words = name
    .slice(0, 100)
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
  const last = words.at(-1) ?? "";
  if (/^(?:query|statement|q)$/.test(last) && /\bSQL\b|\bSELECT\b/i.test(description)) return "sql";
  if (words.includes("sql")) return "sql";
  if (/^(?:host|hostname)$/.test(last) && /\burl\b/i.test(description)) return "url";
  const found = lexicon.find(([, set]) => set.has(last))?.[0];
  if (found === "code" && /\b(?:shell|bash|terminal) (?:command|script)/i.test(description))
    return "shell";
  return found ?? kindOfDescription(description);
}

function kindOfDescription(description: string): ArgumentKindName | undefined {
  if (/\b(?:file|directory|folder) ?path\b|\bpath (?:to|of) (?:the|a)\b/i.test(description))
    return "path";
  if (/\b(?:the|a|full|valid|absolute|target) ur[li]\b/i.test(description)) return "url";
  if (/\bSQL (?:query|statement)\b/.test(description)) return "sql";
  if (/\bshell command\b/i.test(description)) return "shell";
  return speaksOfText.test(description) ? "text" : undefined;
}

/** What is written there may hold any sign. */
const speaksOfText =
  /\b(?:code|scripts?|markup|html|markdown|expressions?|regex\w{0,4}|quer(?:y|ies)|syntax|formula|text|messages?|prompt|snippet|sentences?|paragraphs?|notes?|json|yaml|xml)\b/i;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
