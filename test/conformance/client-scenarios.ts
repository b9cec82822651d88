import type { Measurement } from "./report.ts";
import { testClient } from "./suite.ts";

/**
 * Scenarios in which the suite is the server. Those about a client's OAuth and about the extension for skills
 * are not here: a client's token ends at the gateway, and the official client knows no skills.
 */
const scenarios: Readonly<Record<string, readonly string[]>> = {
  "2025-06-18": ["initialize", "tools_call"],
  "2025-11-25": [
    "initialize",
    "tools_call",
    "elicitation-sep1034-client-defaults",
    "sse-retry",
    "json-schema-2020-12-preservation",
  ],
  "2026-07-28": [
    "tools_call",
    "request-metadata",
    "sep-2322-client-request-state",
    "http-standard-headers",
    "http-custom-headers",
    "http-invalid-tool-headers",
    "json-schema-ref-no-deref",
    "json-schema-2020-12-preservation",
  ],
};

/** One job for each scenario, with the official client connected directly and through a gateway. */
export function clientJobs(versions: readonly string[]): (() => Promise<Measurement[]>)[] {
  return versions.flatMap((version) =>
    (scenarios[version] ?? []).map((scenario) => async () => {
      const subject = `client ${version}`;
      const direct = await testClient("client-direct.ts", scenario, version);
      const one = await testClient("client-through-gateway.ts", scenario, version);
      return [
        { subject, way: "direct", checks: direct },
        { subject, way: "one proxy", checks: one },
      ];
    }),
  );
}
