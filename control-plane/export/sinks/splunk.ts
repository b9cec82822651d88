import { timeMsOf } from "../../../core/audit/formats/read-record.ts";
import type { HttpDialect } from "./http-sink.ts";

export interface SplunkOptions {
  /** Empty: the token's own. */
  readonly index: string;
  readonly host: string;
  /** Whether lines are JSON. */
  readonly isJson: boolean;
}

/** The HTTP Event Collector of Splunk: /services/collector/event. */
export function splunkDialect({ index, host, isJson }: SplunkOptions): HttpDialect {
  return {
    kind: "splunk",
    contentType: "application/json",
    headersFor: () => ({}),
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
    readAnswer: () => [],
  };
}
