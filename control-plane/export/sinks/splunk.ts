import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { timeMsOf } from "../../../core/audit/formats/read-record.ts";
import type { Ask, HttpDialect } from "./http-sink.ts";
import { SinkFailure } from "./sink.ts";

export interface SplunkOptions {
  /** The collector's: questions about acknowledgements go to the same host. */
  readonly url: URL;
  /** Empty: the token's own. */
  readonly index: string;
  readonly host: string;
  /** Whether lines are JSON. */
  readonly isJson: boolean;
  /** Between two questions whether a batch is indexed. */
  readonly ackEveryMs?: number;
}

/** What the collector answers. */
interface CollectorAnswer {
  readonly code?: unknown;
  readonly text?: unknown;
  /** Where the token wants acknowledgement by the indexers. */
  readonly ackId?: unknown;
  readonly acks?: Readonly<Record<string, unknown>>;
}

const defaultAckEveryMs = 1_000;
/** Then the batch is sent again. Splunk forgets an answer after ten minutes. */
const maxAckQuestions = 180;
/** Wrong index, channel missing or wrong, acknowledgement switched off, token in the wrong place: how either side is set up, not what was sent. */
const codesOfSetup = new Set([7, 10, 11, 14, 16]);

/** The HTTP Event Collector of Splunk: /services/collector/event, with acknowledgement by the indexers where the token asks for it. */
export function splunkDialect(options: SplunkOptions): HttpDialect {
  const { index, host, isJson } = options;
  // Acknowledgements are counted apart for each channel: one that starts anew must not read those of the last.
  const channel = randomUUID();
  return {
    kind: "splunk",
    contentType: "application/json",
    headersFor: () => ({ "x-splunk-request-channel": channel }),
    toBody: (records) =>
      records
        .map(({ record, line }) => {
          const event = {
            time: timeMsOf(record) / 1_000,
            host,
            source: "mcp-gateway",
            sourcetype: "mcpgateway:audit",
            ...(index !== "" && { index }),
          };
          const json = JSON.stringify(event);
          // The line is JSON already: written again it would be another text than was hashed.
          return `${json.slice(0, -1)},"event":${isJson ? line : JSON.stringify(line)}}`;
        })
        .join("\n"),
    readAnswer: (text) => {
      const answer = parse(text);
      if (answer && (answer.code ?? 0) === 0) return [];
      throw new SinkFailure("what answers is no HTTP Event Collector of Splunk", { kind: "away" });
    },
    isRefusal: (text) => !codesOfSetup.has(Number(parse(text)?.code)),
    confirm: async (text, ask) => {
      const ackId = parse(text)?.ackId;
      if (typeof ackId === "number") await untilIndexed({ ...options, channel, ackId, ask });
    },
  };
}

/** Resolves when the indexers have the batch for good. */
async function untilIndexed(question: {
  readonly url: URL;
  readonly channel: string;
  readonly ackId: number;
  readonly ask: Ask;
  readonly ackEveryMs?: number;
}): Promise<void> {
  const { channel, ackId, ask, ackEveryMs = defaultAckEveryMs } = question;
  const url = new URL(`/services/collector/ack?channel=${channel}`, question.url);
  for (let asked = 0; asked < maxAckQuestions; asked += 1) {
    const acks = parse(await ask(url, JSON.stringify({ acks: [ackId] })))?.acks;
    if (acks?.[String(ackId)] === true) return;
    await sleep(ackEveryMs);
  }
  throw new SinkFailure("splunk took a batch, and its indexers do not acknowledge it", {
    kind: "away",
  });
}

function parse(text: string): CollectorAnswer | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
