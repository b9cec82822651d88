import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { ChainVerifier } from "../../../core/audit/verify/chain-verifier.ts";
import type { VerifyReport } from "../../../core/audit/verify/report.ts";
import { escapeControls } from "../../../core/text/escape-controls.ts";
import { AuditService } from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { failed, wrongUsage } from "../../errors.ts";
import type { GlobalArguments } from "../../global-options.ts";
import { formatJson, formatTable, formatYaml, print } from "../../output.ts";
import { exportLines, type Range, rangeOptions, toRange } from "./export-lines.ts";

interface Arguments extends Range {
  readonly file?: string;
  readonly keys?: string;
}

export const verify = defineCommand<Arguments>({
  command: "verify",
  describe: "Check that no record was removed, changed, reordered or inserted",
  options: {
    file: {
      type: "string",
      requiresArg: true,
      describe:
        "An exported file (NDJSON) instead of the stream; needs no control plane, with --keys",
    },
    keys: {
      type: "string",
      requiresArg: true,
      describe:
        "The keys to believe: a file that `mcpctl audit keys -o json` wrote. Default: the control plane's",
    },
    ...rangeOptions,
  },
  examples: [
    ["mcpctl audit verify --from 24h", "The last day of the stream"],
    ["mcpctl audit verify --file audit.ndjson --keys keys.json", "A file, offline"],
  ],
  run: async (args) => {
    if (args.file !== undefined && (args.from ?? args.to) !== undefined) {
      throw wrongUsage("--from and --to choose from the stream: a file is verified whole");
    }
    const report = await verifyWhatIsAsked(args);
    await printReport(report, args);
    if (report.records === 0) {
      throw failed(
        "there is no record here, so nothing was verified: every control plane writes one a minute",
      );
    }
    if (report.problems.length > 0) {
      throw failed(
        `the records are not as their producers wrote them: ${report.problems.length} problems, the first at ${report.problems[0]?.place}`,
      );
    }
  },
});

async function verifyWhatIsAsked(args: GlobalArguments & Arguments): Promise<VerifyReport> {
  const { file, keys } = args;
  if (file !== undefined && keys !== undefined) return await verifyFile(file, readKeys(keys));
  let report: VerifyReport | undefined;
  await withConnection(args, async (connection) => {
    const trusted = keys === undefined ? await fetchKeys(connection) : readKeys(keys);
    report =
      file === undefined
        ? await verifyStream(connection, trusted, args)
        : await verifyFile(file, trusted);
  });
  if (!report) throw failed("nothing was verified");
  return report;
}

async function verifyFile(file: string, trustedKeys: readonly string[]): Promise<VerifyReport> {
  const verifier = new ChainVerifier({ trustedKeys });
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  let number = 0;
  try {
    for await (const line of lines) {
      number += 1;
      if (line !== "") verifier.take(line, `line ${number}`);
    }
  } catch (cause) {
    throw failed(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return verifier.end();
}

async function verifyStream(
  connection: Connection,
  trustedKeys: readonly string[],
  range: Range,
): Promise<VerifyReport> {
  const verifier = new ChainVerifier({ trustedKeys, isWhole: range.from === undefined });
  const signal = new AbortController().signal;
  for await (const { entry, json } of exportLines(connection, toRange(range), signal)) {
    verifier.take(json, `entry ${entry}`, entry);
  }
  return verifier.end();
}

async function fetchKeys(connection: Connection): Promise<string[]> {
  const { keys } = await connection.call(AuditService.method.listAuditKeys, {});
  return keys.map(({ publicKey }) => publicKey);
}

/** As `mcpctl audit keys -o json` writes them. */
function readKeys(file: string): string[] {
  try {
    const { keys } = JSON.parse(readFileSync(file, "utf8")) as { keys: { publicKey: string }[] };
    return keys.map(({ publicKey }) => publicKey);
  } catch (cause) {
    throw wrongUsage(
      `--keys must name a file that \`mcpctl audit keys -o json\` wrote: ${(cause as Error).message}`,
    );
  }
}

async function printReport(report: VerifyReport, { output }: GlobalArguments): Promise<void> {
  if (output === "json") return await print(formatJson(report));
  if (output === "yaml") return await print(formatYaml(report));
  const { records, duplicates, chains, problems, notes } = report;
  const rows = chains.map(({ producer, bootId, first, last, signedUpTo, hasEnded }) => [
    producer,
    bootId,
    `${first} to ${last}`,
    signedUpTo === 0 ? "none" : `to ${signedUpTo}`,
    hasEnded ? "yes" : "no",
  ]);
  if (rows.length > 0) {
    await print(formatTable(["PRODUCER", "START", "RECORDS", "SIGNED", "ENDED"], rows));
  }
  for (const note of notes) await print(`note: ${escapeControls(note)}`);
  for (const { kind, place, message } of problems) {
    await print(escapeControls(`${kind} at ${place}: ${message}`));
  }
  const verdict =
    problems.length === 0 ? "nothing was removed, changed, reordered or inserted" : "see above";
  await print(`${records} records, ${duplicates} of them repeats: ${verdict}`);
}
