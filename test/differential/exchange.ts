import type { Probe } from "./probe.ts";

/** What came back for a probe, in a form that can be compared. */
export interface Exchange {
  /** Undefined when nothing came in time, or the connection broke. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ExchangeBody;
}

export type ExchangeBody =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "events"; readonly events: readonly ReceivedEvent[] }
  /** It did not end in time, or it broke off. */
  | { readonly kind: "unfinished"; readonly events: readonly ReceivedEvent[] };

/** The fields of one server-sent event, comments left out. */
export type ReceivedEvent = Readonly<Record<string, string>>;

/** Where a side is reached, and the session it opened there. */
export interface Side {
  readonly url: URL;
  readonly sessionId: string | undefined;
}

const giveUpAfterMs = 4_000;
/** Of one connection, of the moment, or of the length of a body that is compared itself. */
const uncompared = /^(connection|keep-alive|date|content-length|transfer-encoding)$/;

/** Sends a probe and reads everything that comes back. Never rejects. */
export async function exchange(probe: Probe, side: Side): Promise<Exchange> {
  const headers = { ...probe.headers };
  if (probe.inSession && side.sessionId !== undefined) headers["mcp-session-id"] ??= side.sessionId;
  let text = "";
  let response: Response | undefined;
  try {
    response = await fetch(side.url, {
      method: probe.method,
      headers,
      signal: AbortSignal.timeout(giveUpAfterMs),
      redirect: "manual",
      ...(probe.body !== undefined && { body: probe.body }),
    });
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    return describe(response, text);
  } catch {
    const described = response && describe(response, text);
    return {
      status: response?.status,
      headers: described?.headers ?? {},
      body: { kind: "unfinished", events: readEvents(text) },
    };
  }
}

function describe(response: Response, text: string): Exchange {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) {
    if (uncompared.test(name)) continue;
    headers[name] = name === "mcp-session-id" ? "<session>" : value;
  }
  const isStream = headers["content-type"]?.startsWith("text/event-stream") === true;
  return {
    status: response.status,
    headers,
    body: isStream
      ? { kind: "events", events: readEvents(text) }
      : { kind: "text", text: withoutChance(text) },
  };
}

/**
 * Reads a whole stream (HTML Living Standard §9.2). Not with the reader of the gateway:
 * what that one drops would be missing on both sides.
 */
export function readEvents(text: string): ReceivedEvent[] {
  const blocks = text
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .split("\n\n");
  const events = blocks.map(readFields).filter((fields) => Object.keys(fields).length > 0);
  return countFromFirst(events);
}

/** The fixture counts its events through a session: what matters is how they count on from the first. */
function countFromFirst(events: readonly ReceivedEvent[]): ReceivedEvent[] {
  const numberOf = ({ id }: ReceivedEvent) => Number(id?.match(/^<uuid>\.(\d+)$/)?.[1]);
  const first = events.map(numberOf).find((number) => !Number.isNaN(number));
  return events.map((event) => {
    const number = numberOf(event);
    return Number.isNaN(number) ? event : { ...event, id: `<uuid>.+${number - (first ?? 0)}` };
  });
}

function readFields(block: string): ReceivedEvent {
  const fields: Record<string, string> = {};
  for (const line of block.split("\n")) {
    if (line === "" || line.startsWith(":")) continue;
    const [, name = "", value = ""] = line.match(/^([^:]*)(?:: ?(.*))?$/s) ?? [];
    const before = name === "data" ? fields["data"] : undefined;
    fields[name] = withoutChance(before === undefined ? value : `${before}\n${value}`);
  }
  return fields;
}

/** The fixture mints ids and signed states: they differ between any two sessions. */
export function withoutChance(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>")
    .replace(/"v1\.[\w-]+\.[\w-]+"/g, '"<signed state>"');
}
