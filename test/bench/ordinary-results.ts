/** What servers answer, as such servers write it, of any length: made of our own words, names and numbers, the same at each run. */

import { type RandomNumbers, randomNumbers } from "../support/random-numbers.ts";

type Result = Readonly<Record<string, unknown>>;

/** By what a server was asked for: a result of at most so many characters of text. */
export const ordinaryResults: Readonly<Record<string, (size: number) => Result>> = {
  "directory listing": (size) => asText(filled(size, listingLine)),
  "rows of JSON": rowsAsText,
  "rows of JSON, structured too": rowsTwice,
  "a README": (size) => asText(filled(size, readmePart)),
  "a mail thread": (size) => asText(filled(size, mail)),
  "a page of HTML": (size) => asText(filled(size, htmlPart)),
  "a stack trace": (size) => asText(filled(size, traceLine)),
  "a diff": (size) => asText(filled(size, hunk)),
};

type Maker = (pick: Pick) => string;

/** Chooses and counts, always in the same way. */
interface Pick {
  readonly number: RandomNumbers;
  readonly of: (words: readonly string[]) => string;
  readonly index: number;
}

function filled(size: number, make: Maker): string {
  let text = "";
  eachPick((pick) => {
    text += make(pick);
    return text.length < size;
  });
  return text.slice(0, size);
}

function eachPick(goesOn: (pick: Pick) => boolean): void {
  const number = randomNumbers(20_261_123);
  const of = (words: readonly string[]) => words[number(words.length)] ?? "";
  for (let index = 0; goesOn({ number, of, index }); ) index += 1;
}

function asText(text: string): Result {
  return { content: [{ type: "text", text }] };
}

function rowsOf(size: number): readonly object[] {
  const rows: object[] = [];
  let length = 0;
  eachPick((pick) => {
    const row = rowFrom(pick);
    rows.push(row);
    length += JSON.stringify(row).length + 1;
    return length < size;
  });
  return rows;
}

function rowsAsText(size: number): Result {
  return asText(JSON.stringify(rowsOf(size)).slice(0, size));
}

/** As servers with an output schema answer: the same twice, for those who read only one of them. */
function rowsTwice(size: number): Result {
  const structuredContent = { rows: rowsOf(size / 2), nextCursor: null };
  return { ...asText(JSON.stringify(structuredContent)), structuredContent };
}

const folders =
  "src/invoices src/customers src/mail test/invoices test/support docs/decisions scripts deploy/staging deploy/production packages/money packages/dates assets/icons".split(
    " ",
  );
const stems =
  "render-invoice totals tax-rates reminders open-items customer-search address-lines money-writer date-lines archive import-bank-statement export-ledger retry-queue health".split(
    " ",
  );
const endings = [".ts", ".test.ts", ".md", ".json", ".yaml", ".svg", ".sql", ".sh"];
const people = [
  "Lena Krüger",
  "Tim Albers",
  "Kirsten Larsen",
  "Amir Haddad",
  "Joana Silva",
  "Petra Nowak",
  "Oskar Lind",
  "Mei Tanaka",
];
const products = [
  "Desk lamp Arc, black",
  "Shelf Nord, oak, 80 cm",
  "Office chair Lift",
  "Table Fjord 160 x 80",
  "Coat stand",
  "Drawer unit Pico, white",
];
const cities = [
  "Hamburg",
  "Kiel",
  "Aarhus",
  "Graz",
  "Lyon",
  "Utrecht",
  "Leipzig",
  "Malmö",
  "Porto",
];
const sentences = [
  "The rate of tax is that of the country that the goods are delivered to.",
  "Invoices that were sent keep their totals, since they are stored with them.",
  "A reminder goes out after fourteen days, and each other one a week later.",
  "The archive is searched by number, customer and month; accents do not count.",
  "Whoever changes an address sees which open orders go to the old one.",
  "Payments are matched by reference first and by amount and name where there is none.",
  "Start the service with `npm start`; it listens on port 8080 and says so.",
  "Set `LOG_LEVEL` to `debug` to see each statement and how long it took.",
  "Tests need Docker, since they run against a real PostgreSQL 17.",
  "Migrations are run before the service starts and never change data of the running version.",
  "We looked at three libraries for money and kept integers of cents.",
  "The export for the accountant is made in the first night of each month.",
  "Could you check whether the delivery of last week has arrived in full?",
  "I am out of office until Thursday; Oskar has the list of open questions.",
  "The numbers of the second quarter are on page 12, together with those of last year.",
  "Thanks for the quick answer, that was exactly what we needed.",
  "If nobody objects by Friday we order the chairs for the new room as well.",
  "The caterer can do sixty people at 18.50 each, drinks not included.",
  "See the section on limits for what happens when the queue is full.",
  "Older versions wrote the date without a time zone, which made reports of New Year's Eve wrong.",
];

function pathFrom({ of, number }: Pick): string {
  const twin = number(3) === 0 ? `-${number(40)}` : "";
  return `${of(folders)}/${of(stems)}${twin}${of(endings)}`;
}

function paragraphFrom(pick: Pick): string {
  return Array.from({ length: 2 + pick.number(4) }, () => pick.of(sentences)).join(" ");
}

function dateFrom({ number }: Pick): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `2026-${two(1 + number(12))}-${two(1 + number(28))}T${two(number(24))}:${two(number(60))}:${two(number(60))}Z`;
}

function mailOf(person: string): string {
  return `${person
    .toLowerCase()
    .replaceAll(/[^a-z ]/g, "")
    .replace(" ", ".")}@example.com`;
}

function rowFrom(pick: Pick): object {
  const { of, number, index } = pick;
  const count = 1 + number(60);
  return {
    id: 48_213 + index * 3,
    reference: `2026-${String(number(10_000)).padStart(4, "0")}`,
    customer: { name: of(people), city: of(cities), since: 2_010 + number(16) },
    product: of(products),
    count,
    net: (count * (990 + number(30_000))) / 100,
    isPaid: number(3) > 0,
    updatedAt: dateFrom(pick),
    note: number(4) === 0 ? of(sentences) : null,
  };
}

function listingLine(pick: Pick): string {
  const { number, index } = pick;
  if (index % 17 === 0) return `[DIR]  ${pick.of(folders)}\n`;
  const size = String(number(90_000)).padStart(7);
  return `[FILE] ${size} ${dateFrom(pick)} /workspace/billing-service/${pathFrom(pick)}\n`;
}

function readmePart(pick: Pick): string {
  const { of, number, index } = pick;
  const title = of(stems).replaceAll("-", " ");
  const code = `\`\`\`ts\nimport { ${of(stems).replaceAll("-", "_")} } from "../${pathFrom(pick)}";\n\nconst open = await openItems({ city: "${of(cities)}", atLeast: ${number(5_000)} });\nfor (const { reference, net } of open) console.log(reference, net);\n\`\`\`\n\n`;
  const items = `- **${of(stems)}**: ${of(sentences)}\n- [${of(stems)}](docs/decisions/${of(stems)}.md): ${of(sentences)}\n- \`npm run ${of(stems)}\`: ${of(sentences)}\n\n`;
  const table = `| setting | default | meaning |\n|---|---|---|\n| \`${of(stems)}.max\` | ${number(500)} | ${of(sentences)} |\n| \`${of(stems)}.url\` | https://billing.example.com/${of(stems)} | ${of(sentences)} |\n\n`;
  const kinds = [code, items, `${paragraphFrom(pick)}\n\n`, table];
  return `## ${title}\n\n${paragraphFrom(pick)}\n\n${kinds[index % kinds.length]}`;
}

function mail(pick: Pick): string {
  const { of, number, index } = pick;
  const [from, to] = [of(people), of(people)];
  const quote = "> ".repeat(index % 3);
  const lines = [
    `From: ${from} <${mailOf(from)}>`,
    `To: ${to} <${mailOf(to)}>`,
    `Date: ${dateFrom(pick)}`,
    `Subject: ${"Re: ".repeat(index % 3)}order 2026-${1_000 + number(9_000)}, ${of(products)}`,
    "",
    `Hi ${to.split(" ")[0]},`,
    "",
    paragraphFrom(pick),
    paragraphFrom(pick),
    "",
    `Best regards, ${from}`,
    `Example Lamps, ${of(cities)} \u2013 tel. ext. ${number(90) + 10}`,
    "",
  ];
  return `${lines.map((line) => `${quote}${line}`).join("\n")}\n`;
}

function htmlPart(pick: Pick): string {
  const { of, number, index } = pick;
  const head =
    index > 0
      ? ""
      : `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Desk lamps and chairs</title><link rel="stylesheet" href="/assets/shop.css?v=214"></head>\n<body><nav><ul><li><a href="/en">Home</a></li><li><a href="/en/products">Products</a></li></ul></nav>\n`;
  return `${head}<article class="product card" id="p-${number(9_000)}" data-cents="${number(90_000)}">\n  <a href="/en/products/${of(stems)}?ref=list&amp;page=${number(20)}"><img src="/images/${number(9_000)}-320.webp" alt="${of(products)}" width="320" height="240" loading="lazy"></a>\n  <h2>${of(products)}</h2>\n  <p class="text">${paragraphFrom(pick)}</p>\n  <span class="price">${number(900)}.${10 + number(90)}&nbsp;&euro;</span> <button type="button" class="add" aria-label="Add to basket">Add</button>\n</article>\n`;
}

function traceLine(pick: Pick): string {
  const { of, number, index } = pick;
  const place = `/workspace/billing-service/${of(folders)}/${of(stems)}.ts:${1 + number(400)}:${1 + number(80)}`;
  if (index % 14 === 0)
    return `\n${dateFrom(pick)} ERROR [${of(stems)}] request 8f1d${number(90_000)} failed after ${number(4_000)} ms\nTypeError: Cannot read properties of undefined (reading '${of(["net", "country", "lines", "rate"])}')\n`;
  const name = of(stems).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const isAsync = number(3) === 0 ? "async " : "";
  return number(6) === 0
    ? "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)\n"
    : `    at ${isAsync}${of(["Invoice", "Archive", "Object", "Queue"])}.${name} (${place})\n`;
}

function hunk(pick: Pick): string {
  const { of, number, index } = pick;
  const path = pathFrom(pick);
  const head =
    index % 4 === 0
      ? `diff --git a/${path} b/${path}\nindex ${(number(2 ** 28) + 2 ** 28).toString(16).slice(0, 7)}..${(number(2 ** 28) + 2 ** 28).toString(16).slice(0, 7)} 100644\n--- a/${path}\n+++ b/${path}\n`
      : "";
  const line = number(400) + 1;
  const name = of(stems).replaceAll("-", "_");
  return `${head}@@ -${line},6 +${line},7 @@ export function ${name}(invoice: Invoice) {\n   const open = invoices.filter(({ paidOn }) => paidOn === undefined);\n-  const total = open.reduce((sum, it) => sum + it.cents, ${number(9)});\n+  // ${of(sentences)}\n+  const total = open.reduce((sum, it) => sum + it.cents * it.count, ${number(9)});\n   for (const [customer, cents] of ${name}_by_customer(open, "${of(cities)}")) {\n     log.info({ customer, cents }, "${of(products)}");\n   }\n`;
}
