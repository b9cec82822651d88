/**
 * Strict readers of the formats of one line, written from their rules and not from our writers: CEF (ArcSight Common Event Format, version 25),
 * LEEF 2.0 (IBM QRadar) and syslog (RFC 5424, framed as in RFC 6587 §3.4.1 and RFC 5425 §4.3). Each throws at the first thing that is not allowed.
 */

interface CefKey {
  readonly type: "string" | "integer" | "long" | "ipv4" | "ipv6" | "time";
  readonly max?: number;
}

/** The extension dictionary, as far as audit records use it: type, and length in characters. */
const cefKeys: Readonly<Record<string, CefKey>> = {
  act: { type: "string", max: 63 },
  app: { type: "string", max: 31 },
  cat: { type: "string", max: 1_023 },
  deviceExternalId: { type: "string", max: 255 },
  externalId: { type: "string", max: 40 },
  in: { type: "integer" },
  out: { type: "integer" },
  outcome: { type: "string", max: 63 },
  reason: { type: "string", max: 1_023 },
  request: { type: "string", max: 1_023 },
  requestClientApplication: { type: "string", max: 1_023 },
  rt: { type: "time" },
  spriv: { type: "string", max: 1_023 },
  src: { type: "ipv4" },
  suser: { type: "string", max: 1_023 },
  flexString1: { type: "string", max: 1_023 },
  flexString1Label: { type: "string", max: 128 },
  c6a2: { type: "ipv6" },
  c6a2Label: { type: "string", max: 1_023 },
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6].flatMap((index): [string, CefKey][] => [
      [`cs${index}`, { type: "string", max: 4_000 }],
      [`cs${index}Label`, { type: "string", max: 1_023 }],
    ]),
  ),
  ...Object.fromEntries(
    [1, 2, 3].flatMap((index): [string, CefKey][] => [
      [`cn${index}`, { type: "long" }],
      [`cn${index}Label`, { type: "string", max: 1_023 }],
    ]),
  ),
};
const cefTypes: Readonly<Record<CefKey["type"], RegExp>> = {
  string: /^[\s\S]*$/,
  integer: /^\d{1,10}$/,
  long: /^-?\d{1,19}$/,
  ipv4: /^\d{1,3}(\.\d{1,3}){3}$/,
  ipv6: /^[0-9a-fA-F:.]{2,39}$/,
  time: /^\d{1,15}$/,
};
/** Vendor, product, version, event class, name. */
const cefHeaderLengths = [63, 63, 31, 1_023, 512];

/** Reads a line of CEF:0. */
export function readCef(line: string) {
  refuse(!line.startsWith("CEF:0|"), "a line begins with CEF:0|");
  refuse(/[\r\n]/.test(line), "a line has no end in its middle");
  const fields: string[] = [];
  let at = 6;
  for (let field = ""; fields.length < 6; at += 1) {
    refuse(at >= line.length, "six fields stand before the extension");
    const unit = line[at] ?? "";
    if (unit === "|") {
      fields.push(field);
      field = "";
    } else if (unit === "\\") {
      at += 1;
      refuse(!/[\\|]/.test(line[at] ?? ""), "in the header only \\ and | are escaped");
      field += line[at];
    } else field += unit;
  }
  const [vendor = "", product = "", version = "", event = "", name = "", severity = ""] = fields;
  for (const [index, max] of cefHeaderLengths.entries()) {
    refuse((fields[index] ?? "").length > max, `field ${index} is longer than ${max}`);
    refuse(fields[index] === "", `field ${index} is empty`);
  }
  refuse(!/^(\d|10)$/.test(severity), "a severity is 0 to 10");
  const extension = readCefExtension(line.slice(at));
  return {
    header: { vendor, product, version, event, name },
    severity: Number(severity),
    extension,
  };
}

function readCefExtension(text: string): Record<string, string> {
  const extension: Record<string, string> = {};
  const starts = [...text.matchAll(/(?:^| )([A-Za-z0-9_]+)=/g)];
  refuse(starts[0]?.index !== 0, "an extension begins with a key");
  for (const [index, start] of starts.entries()) {
    const key = start[1] ?? "";
    const raw = text.slice(start.index + start[0].length, starts[index + 1]?.index ?? text.length);
    refuse(/(?<!\\)(\\\\)*\\([^\\=nr]|$)/.test(raw), `${key} escapes what needs none`);
    refuse(/(?<!\\)(\\\\)*=/.test(raw), `${key} has = unescaped`);
    const value = raw.replace(/\\([\\=nr])/g, (_, it: string) => ({ n: "\n", r: "\r" })[it] ?? it);
    const known = cefKeys[key];
    if (!known) throw new Error(`${key} is not in the dictionary`);
    refuse(key in extension, `${key} stands twice`);
    refuse(!cefTypes[known.type].test(value), `${key} is no ${known.type}`);
    refuse(value.length > (known.max ?? value.length), `${key} is longer than ${known.max}`);
    extension[key] = value;
  }
  return extension;
}

/** Reads a line of LEEF 2.0. */
export function readLeef(line: string) {
  const header =
    /^LEEF:2\.0\|([^|]{1,255})\|([^|]{1,255})\|([^|]{1,255})\|([^|]{1,255})\|(?:0?x([0-9a-fA-F]{1,4})|([^|]))\|/;
  const found = header.exec(line);
  if (!found) throw new Error("no header of LEEF 2.0");
  const [whole, vendor, product, version, event, hex, character = "\t"] = found;
  const delimiter = hex === undefined ? character : String.fromCharCode(Number.parseInt(hex, 16));
  refuse(/[\r\n]/.test(line), "a line has no end in its middle");
  const attributes: Record<string, string> = {};
  for (const pair of line.slice(whole.length).split(delimiter)) {
    const [, key = "", value = ""] = /^([^=\s]+)=([\s\S]*)$/.exec(pair) ?? [];
    refuse(key === "", `no pair: ${pair.slice(0, 50)}`);
    refuse(key in attributes, `${key} stands twice`);
    attributes[key] = value;
  }
  refuse(!/^([1-9]|10)$/.test(attributes["sev"] ?? "1"), "sev is 1 to 10");
  refuse((attributes["usrName"] ?? "").length > 255, "usrName has at most 255");
  refuse("devTime" in attributes && !("devTimeFormat" in attributes), "devTime wants its format");
  return { vendor, product, version, event, attributes };
}

const printable = (max: number) => `[\\x21-\\x7e]{1,${max}}`;
/** HEADER SP, of the ABNF in RFC 5424 §6. */
const syslogHeader = new RegExp(
  [
    "^<(?<priority>0|[1-9]\\d{0,2})>1 ",
    "(?<time>-|\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?(?:Z|[+-][0-2]\\d:[0-5]\\d)) ",
    `(?<host>${printable(255)}) (?<app>${printable(48)}) (?<process>${printable(128)}) (?<message>${printable(32)}) `,
  ].join(""),
);
/** SD-NAME: printable ASCII without =, space, ] and ". */
const name = "[\\x21\\x23-\\x3c\\x3e-\\x5c\\x5e-\\x7e]{1,32}";
const element = new RegExp(`^\\[(${name})((?: ${name}="(?:[^"\\\\\\]]|\\\\[\\s\\S])*")*)\\]`);
const parameter = new RegExp(` (${name})="((?:[^"\\\\\\]]|\\\\[\\s\\S])*)"`, "g");

/** Reads one message of RFC 5424. */
export function readSyslog(bytes: Buffer) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const header = syslogHeader.exec(text);
  if (!header) throw new Error(`no syslog message: ${text.slice(0, 100)}`);
  refuse(Number(header.groups?.["priority"]) > 191, "a priority is 0 to 191");
  const parameters: Record<string, Record<string, string>> = {};
  let rest = text.slice(header[0].length);
  if (rest.startsWith("-")) rest = rest.slice(1);
  for (let found = element.exec(rest); found; found = element.exec(rest)) {
    const [whole, id = "", list = ""] = found;
    refuse(id in parameters, `the element ${id} stands twice`);
    refuse(!/^[^@]+@\d+(\.\d+)*$/.test(id), `${id}: only IANA gives names without @`);
    parameters[id] = Object.fromEntries(
      [...list.matchAll(parameter)].map(([, key, value = ""]) => [
        key,
        value.replace(/\\(["\\\]])/g, "$1"),
      ]),
    );
    rest = rest.slice(whole.length);
  }
  refuse(rest !== "" && !rest.startsWith(" "), "a space stands before the text");
  const body = rest.slice(1);
  const isAscii = /^[\0-\x7f]*$/.test(body);
  refuse(!isAscii && !body.startsWith("\ufeff"), "text beyond ASCII begins with a byte order mark");
  return { fields: { ...header.groups }, parameters, text: body.replace(/^\ufeff/, "") };
}

/** Reads a stream of messages framed by octet counting. */
export function readSyslogStream(stream: Buffer): ReturnType<typeof readSyslog>[] {
  const messages = [];
  for (let at = 0; at < stream.length; ) {
    const space = stream.indexOf(" ", at);
    const length = stream.subarray(at, space).toString("latin1");
    refuse(!/^[1-9]\d*$/.test(length), `no length of a message: ${length.slice(0, 20)}`);
    const end = space + 1 + Number(length);
    refuse(end > stream.length, "a message is cut off");
    messages.push(readSyslog(stream.subarray(space + 1, end)));
    at = end;
  }
  return messages;
}

function refuse(isWrong: boolean, why: string): void {
  if (isWrong) throw new Error(why);
}
