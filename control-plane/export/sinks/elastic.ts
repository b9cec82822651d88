import type { HttpDialect } from "./http-sink.ts";
import { type OutgoingRecord, type RefusedRecord, SinkFailure } from "./sink.ts";

interface BulkItem {
  readonly create?: {
    readonly status?: number;
    readonly error?: { readonly type?: string; readonly reason?: string };
  };
}

/** The bulk API of Elasticsearch and OpenSearch: /_bulk. A record that comes again is there already, by its id. */
export function elasticDialect({ index }: { readonly index: string }): HttpDialect {
  return {
    kind: "elastic",
    contentType: "application/x-ndjson",
    headersFor: () => ({}),
    toBody: (records) =>
      records
        .map(
          ({ id, line }) => `${JSON.stringify({ create: { _index: index, _id: id } })}\n${line}\n`,
        )
        .join(""),
    readAnswer: readBulkAnswer,
  };
}

function readBulkAnswer(
  text: string,
  records: readonly OutgoingRecord[],
): readonly RefusedRecord[] {
  const { errors, items } = parse(text);
  if (!errors) return [];
  if (!Array.isArray(items) || items.length !== records.length) {
    throw new SinkFailure("elastic answers for other records than it was sent", { kind: "away" });
  }
  const verdicts = (items as readonly BulkItem[]).map(verdictOf);
  const away = verdicts.find(({ kind }) => kind === "away");
  // Those that were taken are sent again with it, so that none overtakes it.
  if (away)
    throw new SinkFailure(`elastic cannot take a record now: ${away.reason}`, { kind: "away" });
  return verdicts.flatMap(({ kind, reason }, index) =>
    kind === "refused" ? [{ index, reason }] : [],
  );
}

interface Verdict {
  readonly kind: "taken" | "refused" | "away";
  readonly reason: string;
}

/** Of 4xx these may pass: who we are, whether the index is there, and how much it has to do. */
const mayPass = [401, 403, 404, 408, 429];

function verdictOf({ create }: BulkItem): Verdict {
  const status = create?.status ?? 0;
  const reason = `${create?.error?.type ?? "unknown"}: ${create?.error?.reason ?? ""} (${status})`;
  // 409: it is there already.
  if ((status >= 200 && status < 300) || status === 409) return { kind: "taken", reason };
  const isForGood = status >= 400 && status < 500 && !mayPass.includes(status);
  return { kind: isForGood ? "refused" : "away", reason };
}

function parse(text: string): { readonly errors?: unknown; readonly items?: unknown } {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && "errors" in parsed) return parsed;
  } catch {
    // Told of below.
  }
  throw new SinkFailure("what answers is no bulk API of Elasticsearch", { kind: "away" });
}
