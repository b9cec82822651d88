import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Redis } from "ioredis";
import { parseRecord, textAt } from "../../core/audit/formats/read-record.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext, Handlers } from "../../core/grpc/service.ts";
import type { ExportService } from "../../proto/gen/mcpgateway/v1/export_service_pb.ts";
import type { ActRecorder } from "../audit/act-recorder.ts";
import type { OperatorGate } from "../operators/operator-gate.ts";
import { DeadLetters, type KeptLetter } from "./dead-letters.ts";
import { isExporterName } from "./exporter-name.ts";

export interface ExportServiceOptions {
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  readonly operators: OperatorGate;
  readonly acts: ActRecorder;
}

const defaultPageSize = 50;
const maxPageSize = 200;
const maxIds = 1_000;
const maxReasonLength = 500;
const beginningBytes = 8_192;
/** So many records are named in the audit record of an act; the others are counted. */
const maxNamed = 50;

interface Choice {
  readonly exporter: string;
  readonly ids: readonly string[];
  readonly all: boolean;
}

/** Shows what SIEMs refuse, gives it to the exporters again, and drops it. */
export function createExportService(options: ExportServiceOptions): Handlers<typeof ExportService> {
  return {
    async listDeadLetters({ exporter, pageSize, after }) {
      const letters = lettersOf(options.redis, exporter);
      assertIds(after === "" ? [] : [after]);
      const count = Math.min(pageSize || defaultPageSize, maxPageSize);
      const [page, total, retrying] = await Promise.all([
        letters.list(after, count),
        letters.count(),
        letters.countRetrying(),
      ]);
      return { deadLetters: page.map(toMessage), total, retrying };
    },

    async retryDeadLetters(request, context) {
      const act = { event: "export.dead-letters-retried", details: {}, context };
      const take = (letters: DeadLetters, keys: readonly string[]) => letters.retry(keys);
      return { retried: await performOn(options, request, act, take) };
    },

    async dropDeadLetters(request, context) {
      const reason = request.reason.trim();
      if (reason === "" || reason.length > maxReasonLength) {
        throw new RpcError(
          "invalid-argument",
          `say why, in at most ${maxReasonLength} characters: the SIEM will never have them`,
        );
      }
      const act = { event: "export.dead-letters-dropped", details: { reason }, context };
      const take = (letters: DeadLetters, keys: readonly string[]) => letters.drop(keys);
      return { dropped: await performOn(options, request, act, take) };
    },
  };
}

/** Resolves to how many it was done to. */
async function performOn(
  { redis, operators, acts }: ExportServiceOptions,
  { exporter, ids, all }: Choice,
  act: {
    readonly event: string;
    readonly details: Readonly<Record<string, string>>;
    readonly context: CallContext;
  },
  take: (letters: DeadLetters, keys: readonly string[]) => Promise<string[]>,
): Promise<number> {
  const letters = lettersOf(redis, exporter);
  if (all === ids.length > 0) {
    throw new RpcError("invalid-argument", "say which: either ids, or all of them");
  }
  assertIds(ids);
  const { event, context } = act;
  const details = { ...act.details, exporter, ...(all ? { all: "true" } : {}) };
  const operator = operators.operatorOf(context).name;
  return acts.perform({ event, operator, context, entry: { details } }, async () => {
    const done: string[] = [];
    const records: string[] = [];
    for await (const page of all ? everything(letters) : [await named(letters, ids)]) {
      const taken = new Set(await take(letters, [...page.keys()]));
      done.push(...taken);
      records.push(...[...page].filter(([key]) => taken.has(key)).map(([, record]) => record));
    }
    if (done.length === 0) {
      throw new RpcError("not-found", `exporter ${exporter} has no such dead letters (any more)`);
    }
    const count = String(done.length);
    const shown = records.slice(0, maxNamed).join(",");
    return { value: done.length, entry: { details: { ...details, count, records: shown } } };
  });
}

/** Place → record id. What comes meanwhile is left for the next time. */
async function* everything(letters: DeadLetters): AsyncGenerator<ReadonlyMap<string, string>> {
  let left = await letters.count();
  for (let after = ""; left > 0; ) {
    const page = await letters.list(after, Math.min(left, maxPageSize));
    if (page.length === 0) return;
    after = page.at(-1)?.key ?? "";
    left -= page.length;
    yield new Map(page.map(({ key, id }) => [key, id]));
  }
}

async function named(
  letters: DeadLetters,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(ids.map((id) => letters.find(id)));
  return new Map(found.flatMap((letter) => (letter ? [[letter.key, letter.id]] : [])));
}

function lettersOf(redis: Redis, exporter: string): DeadLetters {
  if (isExporterName(exporter)) return new DeadLetters(redis, exporter);
  throw new RpcError("invalid-argument", "exporter must be of a-z, 0-9 and -, such as siem");
}

function assertIds(ids: readonly string[]): void {
  if (ids.length > maxIds) {
    throw new RpcError("invalid-argument", `at most ${maxIds} dead letters at once`);
  }
  const wrong = ids.find((id) => !/^\d{1,16}-\d{1,10}$/.test(id));
  if (wrong !== undefined) {
    throw new RpcError("invalid-argument", "an id of a dead letter is such as 1790000000123-0");
  }
}

function toMessage({ key, id, reason, text }: KeptLetter) {
  return {
    id: key,
    recordId: id,
    reason,
    refusedAt: timestampFromMs(Number(key.split("-")[0])),
    event: textAt(parseRecord(text, key), "event"),
    beginning: beginningOf(text),
    bytes: Buffer.byteLength(text),
  };
}

/** Whole characters: gRPC takes no half ones. */
function beginningOf(text: string): string {
  const bytes = Buffer.from(text.slice(0, beginningBytes)).subarray(0, beginningBytes);
  return bytes.toString("utf8").replace(/\ufffd+$/, "");
}
