import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { honestLanguages } from "../../test/bench/honest-languages.ts";
import { redactedResults } from "../../test/support/redacted-results.ts";
import { Inspector } from "./inspector.ts";

const root = join(import.meta.dirname, "../..");
const mebibyte = 1_048_576;
const inspector = new Inspector({ redactionKey: Buffer.alloc(32, 7) });
const settings: ScanSettings = {
  ...defaultScanSettings,
  arguments: {
    ...defaultScanSettings.arguments,
    secrets: "redact",
    hiddenCharacters: "redact",
    personalData: "redact",
    injection: "block",
  },
  results: redactedResults,
};

/** What files of this kind hold, until it is a megabyte. */
function filesIn(folder: string, pattern: RegExp): string {
  let text = "";
  for (const path of pathsIn(folder)) {
    if (text.length >= mebibyte) break;
    if (pattern.test(basename(path))) text += `${readFileSync(path, "utf8")}\n\n`;
  }
  return filled(text);
}

function* pathsIn(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield join(root, path);
    else if (entry.isDirectory() && !entry.name.startsWith(".")) yield* pathsIn(path);
  }
}

const filled = (text: string) =>
  `${text}\n`.repeat(Math.ceil(mebibyte / text.length)).slice(0, mebibyte);

let state = 20_261_123;
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");
const wordsOf = (words: string, between = " ") => {
  const all = words.split(" ");
  return lines(20_000, () =>
    Array.from({ length: 5 + random(12) }, () => all[random(all.length)]).join(between),
  );
};
const bytes = (length: number) => Buffer.from(Array.from({ length }, () => random(256)));

/** What people write. */
const prose: Readonly<Record<string, () => string>> = {
  "documentation of packages": () => filesIn("node_modules", /\.md$/),
  licences: () => filesIn("node_modules", /^licen[cs]e/i),
  "our own documentation": () =>
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
      .map((name) => readFileSync(join(root, name), "utf8"))
      .join("\n\n"),
  mails: () =>
    lines(
      3_000,
      (index) =>
        `From: Ann <ann${index}@example.com>\nSubject: Re: order ${random(1e6)}\n\nHi all,\n\nplease find the report of week ${random(52)} attached; don\u2019t wait for me with the review, I am in the train until noon.\nThe numbers of the second quarter are on page ${random(90)}, and what we said about the new office is below. Could somebody look over the contract with the caterer? It ends in March.\n\nBest,\nAnn\n`,
    ),
  Russian: () => wordsOf("отчёт компания город система новый правила работа данные быстро хорошо"),
  Chinese: () => wordsOf("报告 公司 城市 系统 新的 规则 工作 数据 用户 很快 时间 今年 问题", ""),
  Arabic: () => wordsOf("تقرير شركة مدينة نظام جديد قواعد عمل بيانات مستخدم بسرعة"),
  "emoji between words": () =>
    wordsOf("great 👍 party 🎉 family 👨‍👩‍👧 love ❤️ flag 🇩🇪 ok 👌🏽 🏳️‍🌈"),
  "source code": () => filesIn("node_modules", /\.js$/),
  declarations: () => filesIn("node_modules", /\.d\.ts$/),
  "minified code": () => filesIn("node_modules", /\.min\.js$/),
  "our own sources": () => filesIn("core", /\.ts$/),
};

/** What programs write. */
const data: Readonly<Record<string, () => string>> = {
  "files of JSON": () => filesIn("node_modules", /\.json$/),
  "maps of sources": () => filesIn("node_modules", /\.map$/),
  "a lock file": () => filled(readFileSync(join(root, "package-lock.json"), "utf8")),
  "a table of people": () =>
    lines(
      12_000,
      (index) =>
        `${index},Name ${random(1e6)},user${random(1e6)}@example.com,+49 30 ${random(1e7)},2026-03-04T10:11:12Z`,
    ),
  "a picture": () => bytes(780_000).toString("base64"),
  "a picture in lines": () =>
    (
      bytes(780_000)
        .toString("base64")
        .match(/.{1,76}/g) ?? []
    ).join("\n"),
  "sums of files": () =>
    lines(12_000, (index) => `${bytes(32).toString("hex")}  file-${index}.tar.gz`),
};

const rulesIn = (text: string, budget = defaultScanSettings.budget) => {
  const message = { jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text }] } };
  const { findings } = inspector.inspectMessage({ message, settings: { ...settings, budget } });
  return findings.map(({ rule }) => rule);
};

describe("an honest text", () => {
  it.each(Object.entries(data))("of 768 KiB is looked through to its end: %s", (_, make) => {
    expect(rulesIn(filled(make()).slice(0, 0.75 * mebibyte))).not.toContain("scan.truncated");
  });

  it.each(Object.entries(prose))("of 192 KiB, too: %s", (_, make) => {
    expect(rulesIn(filled(make()).slice(0, 0.1875 * mebibyte))).not.toContain("scan.truncated");
  });

  it.each(Object.entries(honestLanguages))(
    "of 64 KiB and of 192 KiB has nothing in it, in whatever language: %s",
    (_, make) => {
      expect(rulesIn(make(65_536))).toEqual([]);
      expect(rulesIn(make(196_608))).toEqual([]);
    },
  );

  it.each(Object.entries({ ...prose, ...data }))(
    "of a megabyte is, where the policy has the patience: %s",
    (_, make) => {
      const patient = { ...defaultScanSettings.budget, maxMs: 150 };
      expect(rulesIn(filled(make()), patient)).not.toContain("scan.truncated");
    },
  );
});

describe("an honest argument", () => {
  it.each(Object.entries({ ...prose, ...data }))(
    "of half a megabyte is looked through to its end: %s",
    (_, make) => {
      const content = filled(make()).slice(0, 0.5 * mebibyte);
      const args = { path: "docs/notes.md", content };
      const { findings } = inspector.inspectArguments({ arguments: args, settings });
      expect(findings.map(({ rule }) => rule)).not.toContain("scan.truncated");
    },
  );
});
