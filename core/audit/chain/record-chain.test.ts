import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { expect, it } from "vitest";
import type { AuditRecord } from "../record.ts";
import { RecordChain } from "./record-chain.ts";

const parse = (text: string) => JSON.parse(text) as AuditRecord;

it("numbers records, and gives each the hash of the one before it", () => {
  const chain = new RecordChain({ producer: "proxy-1" });

  const records = ["a", "b", "c"].map((event) => parse(chain.add({ event }).text));

  expect(records.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  expect(records.map(({ prevHash }) => prevHash)).toEqual([
    undefined,
    records[0]?.hash,
    records[1]?.hash,
  ]);
  expect(new Set(records.map(({ bootId }) => bootId)).size).toBe(1);
  expect(chain.head).toMatchObject({ producer: "proxy-1", sequence: 3, hash: records[2]?.hash });
});

it("makes hashes that anybody can make again of the record's values, however they are written", () => {
  const chain = new RecordChain({ producer: "proxy-1" });
  const entry = {
    event: "request",
    arguments: { "10": 1e21, "9": [0.1, -0, "é\u2028"], é: null, "\ud83d\ude00": true },
    result: "half a pair: \ud800",
  };

  const { text } = chain.add(entry);

  const { hash, ...rest } = JSON.parse(text);
  const again = JSON.parse(JSON.stringify(rest));
  expect(
    createHash("sha256")
      .update(canonicalize(again) ?? "")
      .digest("hex"),
  ).toBe(hash);
  expect(rest.result).toBe("half a pair: \ufffd");
});

it("begins with the last hash of the start before it", () => {
  const before = new RecordChain({ producer: "proxy-1" });
  before.add({ event: "request" });

  const chain = new RecordChain({ producer: "proxy-1", previous: before.head });
  const first = parse(chain.add({ event: "audit.started" }).text);

  expect(first).toMatchObject({ sequence: 1, prevHash: before.head?.hash });
  expect(first.bootId).not.toBe(before.head?.bootId);
});
