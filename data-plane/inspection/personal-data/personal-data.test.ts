import { describe, expect, it } from "vitest";
import { passesIban, passesLuhn, passesMod97 } from "../../../core/text/checksums.ts";
import { ScanBudget } from "../scan-budget.ts";
import { findPersonalData } from "./personal-data.ts";

function find(text: string, withPhones = false): readonly string[] {
  const types = [
    "card",
    "iban",
    "email",
    "ssn",
    ...(withPhones ? (["phone"] as const) : []),
  ] as const;
  return findPersonalData(text, types, new ScanBudget(1_000)).map(
    ({ type, start, end }) => `${type} ${text.slice(start, end)}`,
  );
}

describe("personal data", () => {
  it.each([
    ["Card: 4111 1111 1111 1111.", "card 4111 1111 1111 1111"],
    ["amex 378282246310005", "card 378282246310005"],
    ["5555-5555-5555-4444", "card 5555-5555-5555-4444"],
    ["IBAN DE89 3704 0044 0532 0130 00 please", "iban DE89 3704 0044 0532 0130 00"],
    ["gb82west12345698765432", "iban gb82west12345698765432"],
    ["write to <Ann.Lee+x@mail.example.org>, soon", "email Ann.Lee+x@mail.example.org"],
    ["SSN 536-90-4399", "ssn 536-90-4399"],
    ["my ssn is 536 90 4399", "ssn 536 90 4399"],
    ["Social security number: 536904399", "ssn 536904399"],
    ["SSN: 123-45-6789", "ssn 123-45-6789"],
    ["email=joe@bank-corp.com&x=1", "email joe@bank-corp.com"],
    ["pay card=4111111111111111 ok", "card 4111111111111111"],
    ["https://shop.example/pay?card=4111111111111111&m=2", "card 4111111111111111"],
    ["INFO charge pan=5500005555555559 amount=12", "card 5500005555555559"],
    ["4111.1111.1111.1111", "card 4111.1111.1111.1111"],
    ["4111\u00a01111\u00a01111\u00a01111", "card 4111\u00a01111\u00a01111\u00a01111"],
    ["4111\u20111111\u20111111\u20111111", "card 4111\u20111111\u20111111\u20111111"],
    ["12:00:01 4111111111111111 charged", "card 4111111111111111"],
    ["2026-11-23 4111111111111111 charged", "card 4111111111111111"],
    ["4111111111111111 12/27 737", "card 4111111111111111"],
    ["4111 1111 1111 1111 737", "card 4111 1111 1111 1111"],
    ["4111 1111 1111 1111 12/27", "card 4111 1111 1111 1111"],
    ["{'card': 4111111111111111}", "card 4111111111111111"],
    ["GET /v1/cards/4111111111111111/charges", "card 4111111111111111"],
    [
      "DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000",
      "iban DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000",
    ],
    ["SSN 536\u201190\u20114399", "ssn 536\u201190\u20114399"],
    ["my Maestro card is 676170830290", "card 676170830290"],
    ["GB29 GB29 DE89 3704 0044 0532 0130 00 x", "iban DE89 3704 0044 0532 0130 00"],
    ["DE89370400440532013000-EUR", "iban DE89370400440532013000"],
  ])("%s", (text, found) => {
    expect(find(text)).toEqual([found]);
  });

  it.each([
    "4111 1111 1111 1112",
    "order 4111111111111112",
    '{"timestamp": 4539578763621486}',
    "0000 0000 0000 0000",
    "DE89 3704 0044 0532 0130 01",
    "logo@2x.png and git@github.com:a/b.git",
    "@decorator and a @ b",
    "000-12-3456, 666-12-3456, 123-45-6789",
    "call 555-12-34",
    "version 1.2.3-45-6789",
    "https://user@host/path",
    "https://ann:s3cret@db.example.org/app and amqp://ann:a!b@mq.example.org",
    "scp build.tar deploy@web.example.org:/srv",
    "Message-ID: <20260101.7c0f@mail.example.org>",
    "part no. 536-90-4399, account 536904399",
    "transaction number: 4539578763621486",
    "row 676170830290 of 700000000000",
    "https://social.example/story?id=4539578763621486&fbid=4539578763621486",
    "/posts/4539578763621486",
    "4539.5787 6362.1486 4111.1111 1111.1111",
    "4539.578763.621486",
    "4539578763621486.25",
    "bounce+=@lists.example",
  ])("is not in: %s", (text) => {
    expect(find(text)).toEqual([]);
  });

  it.each([
    ["4111 1111 1111 1111", "card"],
    ["4111111111111111", "card"],
    ["12/27 4111-1111-1111-1111", "card"],
    ["DE89 3704 0044 0532 0130 00", "iban"],
    ["GB82WEST12345698765432", "iban"],
    ["SSN 536-90-4399", "ssn"],
    ["ssn is 536904399", "ssn"],
  ])("is found behind and before many other numbers: %s", (number, type) => {
    const others = "2026-03-12 10:11:12.345 4096 0x3f2a91c04d v1.20.3 (12.5%) row 17, ".repeat(20);
    const text = `${others}see ${number}, then ${others}`;
    const found = type === "ssn" ? number.slice(-11).replace(/^[a-z ]+/i, "") : number;
    expect(find(text)).toEqual([`${type} ${found.replace("12/27 ", "")}`]);
  });

  it("includes telephone numbers only when it is asked to", () => {
    expect(find("call +41 44 668 18 00")).toEqual([]);
    expect(find("call +41 44 668 18 00", true)).toEqual(["phone +41 44 668 18 00"]);
    expect(find("Phone: (212) 736-5000", true)).toEqual(["phone (212) 736-5000"]);
  });

  it.each([
    ["fax 001-748-088-2851x818", "001-748-088-2851x818"],
    ["or 833.719.3994x1887-home", "833.719.3994x1887"],
    ["Call 20-32-85-26 after nine", "20-32-85-26"],
    ["+44 20 7946 0958", "+44 20 7946 0958"],
    ["tel: 0446681800", "0446681800"],
  ])("has telephone numbers in the groups of many countries: %s", (text, number) => {
    expect(find(text, true)).toEqual([`phone ${number}`]);
  });

  it.each([
    "on 4/22/1965 at 10.20.30.40",
    "at 42.476755, 11.734829",
    "the season of 2019-2020",
    "187.435 (301.647 km)",
    "my driver's license number is 281211981",
    "3   10   10   10   10",
    "zip 12345-6789",
    "order 20-32-85-26",
  ])("has none in other numbers: %s", (text) => {
    expect(find(text, true)).toEqual([]);
  });

  it("is looked for in time that grows with the text", () => {
    for (const text of [
      "1 ".repeat(500_000),
      "a@".repeat(500_000),
      "DE89".repeat(250_000),
      "4-".repeat(500_000),
      "a@b.cc ".repeat(150_000),
      "536-90-4399 ".repeat(80_000),
    ]) {
      const startedAt = process.cpuUsage();
      find(text);
      // A pattern that backtracks would need minutes.
      expect(process.cpuUsage(startedAt).user).toBeLessThan(10_000_000);
    }
  });
});

describe("an account", () => {
  it.each([
    "BE11722795044486",
    "ES7552630752856024471029",
    "FR312246773268BEFXZLSGAYJ36",
    "NO1435527633590",
    "PL44457487128448740297152494",
  ])("is one by its two check digits, whatever its country's banks check beyond: %s", (iban) => {
    expect(passesIban(iban)).toBe(true);
    expect(passesIban(iban.replace(/\d$/, (digit) => `${(Number(digit) + 1) % 10}`))).toBe(false);
    expect(passesIban(`${iban}0`)).toBe(false);
  });
});

describe("a number of a parcel", () => {
  it("is no card, though its digits pass", () => {
    expect(find("tracking 1Z3989794412824655")).toEqual([]);
  });
});

describe("checksums", () => {
  it("know right numbers from wrong ones", () => {
    expect([
      passesLuhn("4111111111111111"),
      passesLuhn("4111111111111112"),
      passesLuhn("0"),
    ]).toEqual([true, false, false]);
    expect([passesIban("DE89370400440532013000"), passesIban("XX89370400440532013000")]).toEqual([
      true,
      false,
    ]);
    expect([
      passesMod97("370400440532013000131489"),
      passesMod97("370400440532013000131488"),
      passesMod97("a!"),
    ]).toEqual([true, false, false]);
  });
});
