import { describe, expect, it } from "vitest";
import { canonicalText, hashOf } from "../chain/canonical-record.ts";
import { CheckpointKey } from "../chain/checkpoint-key.ts";
import { Checkpoints } from "../chain/checkpoints.ts";
import { RecordChain } from "../chain/record-chain.ts";
import type { AuditEntry } from "../record.ts";
import { ChainVerifier } from "./chain-verifier.ts";
import type { VerifyReport } from "./report.ts";

/** Deterministic: a failure names its seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Two proxies and a control plane that signs where they stand: the order in which they write is chance. */
function writeStream(seed: number): { lines: string[]; keys: string[] } {
  const chance = random(seed);
  const producers = ["control-plane", "proxy-1", "proxy-2"].map((producer) => {
    const chain = new RecordChain({ producer });
    const key = CheckpointKey.ephemeral();
    return { chain, key, checkpoints: new Checkpoints(chain, key) };
  });
  const [plane, ...proxies] = producers;
  const heads = () => proxies.flatMap(({ chain }) => chain.head ?? []);
  const lines = producers.map(({ checkpoints }) => checkpoints.start(undefined, []).text);
  lines.push(plane?.checkpoints.checkpoint(heads()).text ?? "");
  for (let count = 0; count < 60; count += 1) {
    const one = producers[Math.floor(chance() * producers.length)];
    const isCheckpoint = chance() < 0.1;
    const entry = { event: "request", agent: `a${count}`, result: { text: "x", n: count } };
    const made = isCheckpoint
      ? one?.checkpoints.checkpoint(one === plane ? heads() : [])
      : one?.chain.add(entry);
    lines.push(made?.text ?? "");
  }
  for (const { checkpoints } of proxies) lines.push(checkpoints.stop().text);
  lines.push(plane?.checkpoints.checkpoint(heads()).text ?? "");
  lines.push(plane?.checkpoints.stop().text ?? "");
  return { lines, keys: producers.map(({ key }) => key.publicKey) };
}

function verify(lines: readonly string[], trustedKeys?: readonly string[]): VerifyReport {
  const verifier = new ChainVerifier({ trustedKeys });
  for (const [index, line] of lines.entries()) verifier.take(line, `line ${index + 1}`);
  return verifier.end();
}

const seeds = Array.from({ length: 50 }, (_, index) => index + 1);

it("finds nothing in what was not touched", () => {
  for (const seed of seeds) {
    const { lines, keys } = writeStream(seed);
    expect(verify(lines, keys).problems, `seed ${seed}`).toEqual([]);
    expect(verify(lines).problems, `seed ${seed}`).toEqual([]);
  }
});

describe("in a stream in which one record was touched, anywhere, the verifier names", () => {
  it("a record that was removed", () => {
    for (const seed of seeds) {
      const { lines, keys } = writeStream(seed);
      // What a stream begins and ends with nobody vouches for but the one that is gone.
      const at = 1 + Math.floor(random(seed)() * (lines.length - 2));
      const removed = JSON.parse(lines[at] ?? "");
      const { problems } = verify(lines.toSpliced(at, 1), keys);

      expect(problems[0]?.kind, `seed ${seed}, line ${at + 1}`).toMatch(
        /removed|cut|wrong-signature/,
      );
      expect(problems[0]?.message).toContain(removed.producer);
      expect(problems[0]?.message).toContain(String(removed.sequence));
    }
  });

  it("a record of which one byte was changed", () => {
    for (const seed of seeds) {
      const { lines, keys } = writeStream(seed);
      const chance = random(seed);
      const at = Math.floor(chance() * lines.length);
      const bytes = Buffer.from(lines[at] ?? "");
      const place = Math.floor(chance() * bytes.length);
      bytes[place] = (bytes[place] ?? 0) ^ (1 + Math.floor(chance() * 127));
      const changed = bytes.toString("utf8");
      const { problems } = verify(lines.with(at, changed), keys);

      const first = problems[0];
      expect(first?.place, `seed ${seed}, line ${at + 1}: ${changed}`).toBe(`line ${at + 1}`);
      expect(first?.kind).toMatch(/changed|malformed|removed|inserted|not-signed/);
    }
  });

  it.each([
    ["agent", "mallory"],
    ["time", "2020-01-01T00:00:00.000Z"],
    ["sequence", 7_000],
    ["bootId", "other"],
    ["producer", "other"],
    ["prevHash", "00"],
    ["hash", "00"],
    ["event", "harmless"],
    ["added", true],
  ])("a record whose field %s was changed", (field, value) => {
    for (const seed of seeds.slice(0, 40)) {
      const { lines, keys } = writeStream(seed);
      const at = Math.floor(random(seed)() * lines.length);
      const changed = JSON.stringify({ ...JSON.parse(lines[at] ?? ""), [field]: value });
      expect(verify(lines.with(at, changed), keys).problems[0]).toMatchObject({
        kind: expect.stringMatching(/changed|malformed/),
        place: `line ${at + 1}`,
      });
    }
  });

  it("two records of a producer that were exchanged", () => {
    for (const seed of seeds) {
      const { lines, keys } = writeStream(seed);
      const chance = random(seed);
      const producerOf = (line = "") => JSON.parse(line).producer;
      const one = 3 + Math.floor(chance() * (lines.length - 4));
      const other = lines.findIndex(
        (line, index) => index > one && producerOf(line) === producerOf(lines[one]),
      );
      if (other < 0) continue;
      const swapped = lines.with(one, lines[other] ?? "").with(other, lines[one] ?? "");

      const { problems } = verify(swapped, keys);
      expect(problems[0]?.kind, `seed ${seed}`).toMatch(/reordered|inserted/);
      expect(problems[0]?.place).toBe(`line ${one + 1}`);
    }
  });

  it("a record that was forged and inserted, hash and all", async () => {
    const { canonicalText, hashOf } = await import("../chain/canonical-record.ts");
    for (const seed of seeds) {
      const { lines, keys } = writeStream(seed);
      const at = 4 + Math.floor(random(seed)() * (lines.length - 4));
      const model = JSON.parse(lines[at - 1] ?? "");
      const { hash, ...forged } = {
        ...model,
        id: "forged",
        prevHash: model.hash,
        sequence: model.sequence + 1,
      };
      const text = JSON.stringify({ ...forged, hash: hashOf(canonicalText(forged)) });

      const { problems } = verify(lines.toSpliced(at, 0, text), keys);
      expect(problems[0], `seed ${seed}, line ${at + 1}`).toMatchObject({
        kind: expect.stringMatching(/inserted|wrong-signature|changed/),
      });
    }
  });

  it("a record that was changed by somebody who made all later hashes anew", async () => {
    const { canonicalText, hashOf } = await import("../chain/canonical-record.ts");
    for (const seed of seeds.slice(0, 60)) {
      const { lines, keys } = writeStream(seed);
      const records = lines.map((line) => JSON.parse(line));
      const at = 4 + Math.floor(random(seed)() * 20);
      const { bootId } = records[at];
      records[at].agent = "mallory";
      let prevHash = records[at].prevHash;
      const forged = records.map((record, index) => {
        if (index < at || record.bootId !== bootId) return JSON.stringify(record);
        const { hash, ...rest } = { ...record, prevHash };
        prevHash = hashOf(canonicalText(rest));
        return JSON.stringify({ ...rest, hash: prevHash });
      });

      expect(verify(forged, keys).problems[0]?.kind, `seed ${seed}`).toMatch(
        /wrong-signature|changed/,
      );
    }
  });
});

it("tolerates repeats, which are harmless, and counts them", () => {
  for (const seed of seeds) {
    const { lines, keys } = writeStream(seed);
    const at = Math.floor(random(seed)() * lines.length);
    const report = verify(
      [...lines.slice(0, at + 1), ...lines.slice(0, at + 1), ...lines.slice(at + 1)],
      keys,
    );
    expect(report.problems, `seed ${seed}`).toEqual([]);
    expect(report.duplicates).toBe(at + 1);
  }
});

it("verifies an export whose JSON was written otherwise", () => {
  const { lines, keys } = writeStream(1);
  const reversed = lines.map((line) =>
    JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).reverse()), undefined, 1),
  );
  expect(verify(reversed, keys).problems).toEqual([]);
});

it("says where it can begin when the beginning is gone, and what is not signed yet", () => {
  const { lines, keys } = writeStream(3);
  const report = verify(lines.slice(30, -6), keys);

  expect(report.problems.filter(({ kind }) => kind !== "not-signed")).toEqual([]);
  expect(report.notes.join("\n")).toMatch(/verified from record \d+ on/);
  expect(report.notes.join("\n")).toMatch(/runs still, or died/);
});

it("names a chain of which the end is missing, when another producer's checkpoint told of it", () => {
  const { lines, keys } = writeStream(5);
  const isOfProxy = (line: string) => JSON.parse(line).producer === "proxy-1";
  const kept = lines.filter((line, index) => !isOfProxy(line) || index < 20);

  expect(verify(kept, keys).problems[0]).toMatchObject({
    kind: "cut",
    message: expect.stringMatching(/of proxy-1 .* are missing/),
  });
});

it("does not believe signatures of keys that nobody trusts", () => {
  const { lines, keys } = writeStream(7);
  const { problems } = verify(lines, keys.slice(0, 2));
  expect(problems[0]).toMatchObject({
    kind: "wrong-signature",
    message: expect.stringContaining("key that is not known"),
  });
});

it("names a record that was inserted with a number from before the range", () => {
  const { lines, keys } = writeStream(3);
  const cut = lines.slice(30);
  const last = JSON.parse(cut.findLast((line) => line.includes('"agent"')) ?? "");
  const { hash: _, ...rest } = last;
  const forged = { ...rest, id: "forged", sequence: 2, agent: "mallory" };
  const forgery = JSON.stringify({ ...forged, hash: hashOf(canonicalText(forged)) });

  const { problems } = verify([...cut.slice(0, 5), forgery, ...cut.slice(5)], keys);

  expect(problems[0]).toMatchObject({ kind: "inserted", place: "line 6" });
  expect(problems[0]?.message).toContain("id forged");
});

it("tolerates repeats of what came before the range, also of a delivery that broke off and began again", () => {
  for (const seed of seeds) {
    const { lines, keys } = writeStream(seed);
    const replayed = [...lines.slice(20, 25), ...lines.slice(20)];
    const { problems } = verify([...lines.slice(30, 45), ...replayed], keys);
    expect(problems, `seed ${seed}`).toEqual([]);
  }
});

it("names a chain of which nothing is left, when it began and ended within the range", () => {
  const { lines, keys } = writeWithLateChain();
  const isOfProxy = (line: string) => JSON.parse(line).producer === "late";

  expect(verify(lines, keys).problems).toEqual([]);
  expect(
    verify(
      lines.filter((line) => !isOfProxy(line)),
      keys,
    ).problems,
  ).toMatchObject([
    { kind: "cut", message: expect.stringMatching(/records 1 to 4 of late .* are missing/) },
  ]);
});

it("names a beginning of the whole stream that is missing, unless it was trimmed as far as a record tells", () => {
  const { lines, keys } = writeStream(3);
  const trimmed = (...told: AuditEntry[]) => {
    const chain = new RecordChain({ producer: "trimmer" });
    const key = CheckpointKey.ephemeral();
    const started = new Checkpoints(chain, key).start(undefined, []);
    const lines = told.map((entry) => chain.add(entry).text);
    return { lines: [started.text, ...lines], key: key.publicKey };
  };
  const after = (firstEntry: string) => ({ event: "audit.trimmed", details: { firstEntry } });
  const before = (upTo: string) => ({ event: "audit.trimming", details: { upTo } });
  const problemsOf = (told?: ReturnType<typeof trimmed>) => {
    const verifier = new ChainVerifier({ trustedKeys: [...keys, told?.key ?? ""], isWhole: true });
    const left = [...lines.slice(30), ...(told?.lines ?? [])];
    for (const [at, line] of left.entries()) verifier.take(line, "", `1000-${at + 30}`);
    return verifier.end().problems.map(({ kind }) => kind);
  };

  expect(problemsOf()).toContain("removed");
  expect(problemsOf(trimmed(after("1000-30")))).toEqual([]);
  expect(problemsOf(trimmed(after("1000-29")))).toEqual(["removed"]);
  // Of a process that died before it could tell what it did.
  expect(problemsOf(trimmed(before("1000-31")))).toEqual([]);
  expect(problemsOf(trimmed(before("1000-29")))).toEqual(["removed"]);
  expect(problemsOf(trimmed(before("1000-35"), after("1000-29")))).toEqual(["removed"]);
});

/** A chain that begins after the first checkpoint that tells of all chains, and ends before the second. */
function writeWithLateChain(): { lines: string[]; keys: string[] } {
  const [plane, proxy, late] = ["control-plane", "proxy-1", "late"].map((producer) => {
    const chain = new RecordChain({ producer });
    const key = CheckpointKey.ephemeral();
    return { chain, key, checkpoints: new Checkpoints(chain, key) };
  });
  if (!plane || !proxy || !late) throw new Error("there are three");
  const heads = (...of: (typeof plane)[]) => of.flatMap(({ chain }) => chain.head ?? []);
  const lines = [
    plane.checkpoints.start(undefined, []),
    proxy.checkpoints.start(undefined, []),
    plane.checkpoints.checkpoint(heads(proxy)),
    late.checkpoints.start(undefined, []),
    late.chain.add({ event: "request" }),
    late.chain.add({ event: "request" }),
    late.checkpoints.stop(),
    plane.checkpoints.checkpoint(heads(proxy, late)),
  ];
  return {
    lines: lines.map(({ text }) => text),
    keys: [plane, proxy, late].map(({ key }) => key.publicKey),
  };
}
