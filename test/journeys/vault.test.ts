import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@modelcontextprotocol/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Access,
  Action,
  FlowLabel,
  PersonalData,
  ScanAction,
  ScanMode,
  type ScanningSchema,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { type CrmUpstream, startCrmUpstream } from "../support/crm-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { connectClient, modernHeaders, modernMeta, post, type TestEra } from "../support/mcp.ts";

type Scanning = Extract<MessageInitShape<typeof ScanningSchema>, { $typeName?: never }>;

const { EMAIL, IBAN, PHONE, CARD } = PersonalData;
const email = "ann.b@corp-y.com";
const iban = "DE89 3704 0044 0532 0130 00";
const card = "4111111111111111";
const password = ["hunter", "2-Zx9"].join("");
const addressToken = /u-[a-z2-7]{10}@redacted\.invalid/;
const textToken = /\[\[mcpgw:[\w-]+:[a-z2-7]{10}\]\]/;

const redacting: Scanning = {
  profiles: [
    {
      name: "standard",
      arguments: { secrets: ScanAction.REDACT },
      results: {
        secrets: ScanAction.REDACT,
        personalData: ScanAction.REDACT,
        personalDataTypes: [EMAIL, IBAN, PHONE, CARD],
      },
    },
  ],
};
const vault: Scanning["vault"] = { match: { tools: ["crm/find_*", "other/find_*"] } };

let crm: CrmUpstream;
let gateway: TestGateway;
const clients: Client[] = [];

beforeEach(async () => {
  crm = await startCrmUpstream();
  crm.contacts.set("ann", `Write to ${email}; account ${iban}, card ${card}.`);
  crm.contacts.set("address", email);
  gateway = await TestGateway.start(policyWith({ vault }), { proxies: 2 });
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close().catch(() => {});
  await gateway?.stop();
  await crm?.stop();
});

function policyWith(more: Scanning, policy: PolicyInit = {}): PolicyInit {
  return {
    upstreams: [
      { name: "crm", url: crm.url },
      { name: "other", url: crm.url },
    ],
    routes: [
      { path: "/mcp", upstreams: ["crm"] },
      { path: "/all", upstreams: ["crm", "other"] },
    ],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    approvals: [{ name: "people", holdFor: { seconds: 20n } }],
    ...policy,
    scanning: { ...redacting, ...more },
  };
}

async function clientOf(key: string, at: { proxy?: number; path?: string; era?: TestEra } = {}) {
  const { proxy = 0, path = "/mcp", era = "legacy" } = at;
  const client = await connectClient(gateway.url(proxy, path), key, era);
  clients.push(client);
  return client;
}

const textOf = (result: unknown) => JSON.stringify(result);

async function tokensOf(client: Client, name = "ann", prefix = "") {
  const text = textOf(
    await client.callTool({ name: `${prefix}read_contact`, arguments: { name } }),
  );
  expect(text).not.toContain(email);
  const [address] = addressToken.exec(text) ?? [];
  const all = [...text.matchAll(new RegExp(textToken, "g"))].map(([token]) => token);
  return { address, all };
}

const find = async (client: Client, args: Record<string, unknown>, prefix = "") =>
  await client.callTool({ name: `${prefix}find_contact`, arguments: args });

const lastGiven = () => crm.given.at(-1)?.arguments;

async function noValues() {
  const records = textOf(await gateway.records());
  for (const value of [email, iban, card]) expect(records).not.toContain(value);
}

it("a tool gets the value that its session was shown a token of at another proxy, and the model never does", async () => {
  const key = await gateway.createAgent("ann");
  const [here, there] = [await clientOf(key, { proxy: 0 }), await clientOf(key, { proxy: 1 })];
  const { all } = await tokensOf(here);
  const [mail = "", account = ""] = all;

  const result = await find(there, {
    query: `mail ${mail}!`,
    account_id: account,
    filters: [{ field: "mail", value: mail }],
  });

  expect(lastGiven()).toEqual({
    query: `mail ${email}!`,
    account_id: iban,
    filters: [{ field: "mail", value: email }],
  });
  expect(textOf(result)).not.toContain(email);
  expect(textOf(result)).toContain(mail);
  expect(textOf(result)).toContain(account);
  const [read, found] = await gateway.outcomes(2);
  expect(read?.details).toEqual({ "vault.kept": "3" });
  expect(found?.details).toMatchObject({ "vault.restored": "email 1, iban 1" });
  expect(found?.arguments).toMatchObject({ query: `mail ${mail}!`, account_id: account });
  await noValues();
});

it.each(["legacy", "modern"] as const)(
  "an address that a schema wants as one fits with its token and its value (%s)",
  async (era) => {
    const key = await gateway.createAgent("ann");
    const client = await clientOf(key, { era });
    const { address = "" } = await tokensOf(client, "address");
    expect(address).toMatch(addressToken);

    const result = await find(await clientOf(key, { era, proxy: 1 }), { email: address });

    expect(lastGiven()).toEqual({ email });
    expect(textOf(result)).toContain(address.slice(2, 12));
    expect(textOf(result)).not.toContain(email);
  },
);

it("nobody reads values in Redis, and without a vault nothing is kept", async () => {
  const client = await clientOf(await gateway.createAgent("ann"));
  await tokensOf(client);
  const keys = await gateway.redis.keys("mcpgw:1:{vault:*");
  expect(keys).toHaveLength(3);
  for (const key of keys) {
    const kept = key.includes(":values:") ? await gateway.redis.hgetallBuffer(key) : {};
    expect(textOf(Object.values(kept).map((it) => it.toString("latin1")))).not.toContain("corp-y");
    const ttl = await gateway.redis.pttl(key);
    expect(ttl).toBeGreaterThan(29 * 60_000);
    expect(ttl).toBeLessThanOrEqual(30 * 60_000);
  }

  await gateway.redis.del(...keys);
  await gateway.push(policyWith({}));
  const { all } = await tokensOf(client);
  expect(await gateway.redis.keys("mcpgw:1:{vault:*")).toEqual([]);
  await find(client, { query: `it is ${all[0]}` });
  expect(textOf(lastGiven())).toContain("[[not-mcpgw:email:");
});

describe("a token is data to everybody else", () => {
  it("in another session, for another agent, on another route", async () => {
    const key = await gateway.createAgent("ann");
    const own = await clientOf(key, { path: "/all" });
    const { all } = await tokensOf(own, "ann", "crm__");
    const [token = ""] = all;
    const others = [
      await clientOf(key, { path: "/all" }),
      await clientOf(await gateway.createAgent("eve"), { path: "/all" }),
    ];
    for (const client of others) {
      await find(client, { query: `it is ${token}` }, "crm__");
      expect(textOf(lastGiven())).toContain("[[not-mcpgw:email:");
    }
    await find(await clientOf(key), { query: `it is ${token}` });
    expect(textOf(lastGiven())).toContain("[[not-mcpgw:email:");

    await find(own, { query: token }, "other__");
    expect(lastGiven()).toEqual({ query: email });
  });

  it("in a key, in pieces, spelled otherwise, and as part of another address", async () => {
    const client = await clientOf(await gateway.createAgent("ann"));
    const { all } = await tokensOf(client);
    const { address = "" } = await tokensOf(client, "address");
    const [token = ""] = all;
    const odd = {
      [token]: "a key",
      one: token.slice(0, 14),
      two: token.slice(14),
      three: token.replace("mcpgw", "MCPGW"),
      four: token.replace("mcpgw", "mcp\u200bgw"),
      five: `x${address}`,
      six: `${address}.evil.example`,
      seven: address.replace("redacted", "redacted\u200b"),
    };
    await find(client, { ...odd, query: token });

    const { query, ...rest } = lastGiven() as Record<string, unknown>;
    expect(query).toBe(email);
    expect(textOf(rest)).not.toContain(email);
    expect(textOf(rest)).not.toMatch(textToken);
    expect(Object.keys(rest)).toContain(token.replace("mcpgw", "not-mcpgw"));
  });

  it("in the arguments of prompts, and of tools that the vault does not name", async () => {
    const client = await clientOf(await gateway.createAgent("ann"));
    const { all } = await tokensOf(client);
    const [token = ""] = all;
    await client.getPrompt({ name: "greet", arguments: { email: token } });
    expect(textOf(lastGiven())).not.toContain(email);
    await client.callTool({ name: "send_email", arguments: { to: "x@corp-y.com", body: token } });
    expect(textOf(lastGiven())).not.toContain(email);
  });

  it("once its session has ended", async () => {
    const key = await gateway.createAgent("ann");
    const client = await clientOf(key, { path: "/all" });
    await tokensOf(client, "ann", "crm__");
    expect(await gateway.redis.keys("mcpgw:1:{vault:*}:values:*")).toHaveLength(1);
    await (client.transport as unknown as { terminateSession(): Promise<void> }).terminateSession();
    expect(await gateway.redis.keys("mcpgw:1:{vault:*}:values:*")).toEqual([]);
  });
});

describe("a tool that can send gets no value", () => {
  const named: Scanning["vault"] = { match: { tools: ["crm/*"] } };

  it("whether its definition says so or the policy does", async () => {
    await gateway.push(policyWith({ vault: named }));
    const client = await clientOf(await gateway.createAgent("ann"));
    const { all } = await tokensOf(client);
    const [token = ""] = all;
    const sent = await client.callTool({
      name: "send_email",
      arguments: { to: "x@corp-y.com", body: token },
    });
    expect(sent).toMatchObject({ isError: true });
    expect(textOf(sent)).toContain("can carry what it is given to others");
    expect(crm.given).toEqual([]);

    const labels = [{ match: { tools: ["crm/find_contact"] }, labels: [FlowLabel.CAN_SEND] }];
    await gateway.push(policyWith({ vault: named, labels }));
    const found = await find(client, { query: token });
    expect(found).toMatchObject({ isError: true });
    expect(crm.given).toEqual([]);
    await find(client, { query: "no token" });
    expect(crm.given).toHaveLength(1);
  });

  it("which a push refuses where the policy names it so", async () => {
    const labels = [{ match: { tools: ["crm/*"] }, labels: [FlowLabel.CAN_SEND] }];
    await expect(gateway.push(policyWith({ vault, labels }))).rejects.toThrow(
      /scanning\.vault\.match\.tools\[0\].*can-send/,
    );
  });
});

describe("a value is looked at before it goes", () => {
  const words: Scanning["detectors"] = [
    { name: "note", pattern: "N<[^>]*>", results: ScanAction.REDACT },
  ];
  const withNotes = (more: Scanning = {}, policy: PolicyInit = {}) =>
    gateway.push(
      policyWith({ detectors: words, vault: { ...vault, types: ["note"] }, ...more }, policy),
    );
  const noteOf = async (client: Client, value: string) => {
    crm.contacts.set("note", `see N<${value}> there`);
    const { all } = await tokensOf(client, "note");
    return all[0] ?? "";
  };

  it("for payloads that an upstream planted", async () => {
    await withNotes({
      profiles: [
        {
          name: "strict",
          arguments: { injection: ScanAction.BLOCK },
          results: { secrets: ScanAction.REDACT },
        },
      ],
    });
    const client = await clientOf(await gateway.createAgent("ann"));
    const token = await noteOf(client, "x' OR '1'='1'; DROP TABLE users --");
    const refused = await find(client, { account_id: token });
    expect(refused).toMatchObject({ isError: true });
    expect(textOf(refused)).toContain("with the values that its redaction tokens stand for");
    expect(textOf(refused)).toContain("injection.sql");
    expect(textOf(refused)).not.toContain("DROP");
    expect(crm.given).toEqual([]);
  });

  it("against the schema of the tool", async () => {
    await withNotes();
    const client = await clientOf(await gateway.createAgent("ann"));
    const token = await noteOf(client, "long ".repeat(20));
    const refused = await find(client, { account_id: token });
    expect(refused).toMatchObject({ isError: true });
    expect(textOf(refused)).toContain("/account_id: must NOT have more than 40 characters");
    expect(crm.given).toEqual([]);
    await noValues();
  });

  it("against the rules, limits and approvals that look at arguments", async () => {
    const rule = (name: string, action: Action) => ({
      name,
      action,
      match: { tools: ["crm/find_*"], where: `args.query.contains("${name}")` },
      ...(action === Action.APPROVE && { approval: "people" }),
    });
    const rules = [
      { name: "all", match: {}, action: Action.ALLOW },
      rule("denied", Action.DENY),
      rule("held", Action.APPROVE),
    ];
    const onlyShort: Scanning["vault"] = {
      types: ["note"],
      match: { tools: ["crm/find_*"], where: '!args.query.contains("unmeant")' },
    };
    const limits = [
      {
        name: "counted",
        requests: 5,
        window: { seconds: 60n },
        match: { tools: ["crm/find_*"], where: 'args.query.contains("counted")' },
      },
    ];
    await withNotes({ vault: onlyShort }, { rules, limits });
    const client = await clientOf(await gateway.createAgent("ann"));
    await expect(find(client, { query: await noteOf(client, "denied") })).rejects.toThrow(
      /denied/i,
    );
    for (const word of ["held", "counted", "unmeant"]) {
      const refused = await find(client, { query: await noteOf(client, word) });
      expect(textOf(refused)).toContain("other rules of the policy apply");
    }
    expect(crm.given).toEqual([]);
    await find(client, { query: await noteOf(client, "free") });
    expect(lastGiven()).toEqual({ query: "N<free>" });
  });

  it("and is bounded: many long values, or many tokens, are not put in", async () => {
    await withNotes();
    const client = await clientOf(await gateway.createAgent("ann"));
    const token = await noteOf(client, "long ".repeat(100));
    const many = Array.from({ length: 200 }, () => ({ field: "x", value: token }));
    const refused = await find(client, { filters: many });
    expect(textOf(refused)).toContain("longer than 65,536 characters");
    const different = Array.from({ length: 101 }, (_, index) => ({
      field: "x",
      value: `[[mcpgw:note:aaaaaaa${index
        .toString()
        .padStart(3, "0")
        .replaceAll(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)))}]]`,
    }));
    expect(textOf(await find(client, { filters: different }))).toContain("more than 100");
    expect(crm.given).toEqual([]);
  });
});

it("what a tool says of a value is a token again, also where its results are not redacted", async () => {
  await gateway.push(
    policyWith({
      vault,
      overrides: [{ match: { tools: ["crm/find_*"] }, results: { personalData: ScanAction.OFF } }],
    }),
  );
  const client = await clientOf(await gateway.createAgent("ann"));
  const { all } = await tokensOf(client);
  const result = await find(client, { query: all[0], account_id: all[1] });
  expect(lastGiven()).toEqual({ query: email, account_id: iban });
  expect(textOf(result)).not.toContain(email);
  expect(textOf(result)).not.toContain(iban);
  await noValues();
});

it("a value in JSON, in base64, as a number or without its blanks is a token again, too", async () => {
  const phone = "+49 30 1234-5678";
  crm.contacts.set("phone", `call ${phone}, note Q<x"y\\z> now`);
  await gateway.push(
    policyWith({
      detectors: [{ name: "odd", pattern: "Q<([^>]*)>", results: ScanAction.REDACT }],
      overrides: [{ match: { tools: ["crm/find_*"] }, results: { personalData: ScanAction.OFF } }],
      vault: { ...vault, types: ["phone", "odd"] },
    }),
  );
  const client = await clientOf(await gateway.createAgent("ann"));
  const { all } = await tokensOf(client, "phone");
  crm.echo = ({ query }: Record<string, unknown>) => ({
    compact: String(query).replaceAll(/[\s-]/g, ""),
    encoded: Buffer.from(`the number is ${query}, and no other`).toString("base64"),
    number: Number(String(query).replaceAll(/\D/g, "")),
  });
  const result = textOf(await find(client, { query: all[0], account_id: all[1] }));
  expect(lastGiven()).toEqual({ query: phone, account_id: 'x"y\\z' });
  for (const said of [phone, "+493012345678", "493012345678", 'x\\\\\\"y']) {
    expect(result).not.toContain(said);
  }
  expect(result).not.toContain(Buffer.from(phone).toString("base64").slice(4, 16));
});

it("nothing is kept for agents that anybody may be", async () => {
  const routes = [{ path: "/mcp", upstreams: ["crm"], anonymous: Access.ALLOW }];
  await gateway.push(policyWith({ vault }, { routes }));
  const ask = (name: string, args: object) =>
    post(
      gateway.url(),
      {
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name, arguments: args, _meta: modernMeta() },
      },
      modernHeaders("tools/call", name),
    );
  const [token = ""] = textToken.exec((await ask("read_contact", { name: "ann" })).text) ?? [];
  expect(token).toContain("mcpgw:email");
  expect(await gateway.redis.keys("mcpgw:1:{vault:*")).toEqual([]);
  await ask("find_contact", { query: token });
  expect(textOf(lastGiven())).not.toContain(email);
});

it("secrets are kept by name alone, and masked numbers never", async () => {
  crm.contacts.set("login", `password: ${password}`);
  crm.contacts.set("number", card);
  const client = await clientOf(await gateway.createAgent("ann"));
  const { all } = await tokensOf(client, "login");
  const [token = ""] = all;
  expect(token).toMatch(/^\[\[mcpgw:[a-z-]*password:/);
  await find(client, { query: token });
  expect(textOf(lastGiven())).not.toContain(password);
  const shown = textOf(
    await client.callTool({ name: "read_contact", arguments: { name: "number" } }),
  );
  expect(shown).toContain("0000000000001111");
  expect(await gateway.redis.keys("mcpgw:1:{vault:*")).toEqual([]);

  await gateway.push(policyWith({ vault: { ...vault, types: ["password"] } }));
  await tokensOf(client, "login");
  await find(client, { query: token });
  expect(textOf(lastGiven())).toContain(password);
});

it("people decide on tokens, and what they approved runs with values", async () => {
  const rules = [
    { name: "all", match: {}, action: Action.ALLOW },
    {
      name: "ask",
      match: { tools: ["crm/find_*"] },
      action: Action.APPROVE,
      approval: "people",
    },
  ];
  await gateway.push(policyWith({ vault }, { rules }));
  const client = await clientOf(await gateway.createAgent("ann"));
  const { all } = await tokensOf(client);
  const [token = ""] = all;
  const finding = find(client, { query: token });
  const approval = await gateway.pendingApproval();
  expect(JSON.stringify(approval, (_, it) => (typeof it === "bigint" ? `${it}` : it))).toContain(
    token,
  );
  expect(
    JSON.stringify(approval, (_, it) => (typeof it === "bigint" ? `${it}` : it)),
  ).not.toContain(email);
  await gateway.decide(true);
  expect(textOf(await finding)).toContain(token);
  expect(lastGiven()).toEqual({ query: email });
  await noValues();
});

it("under monitor nothing is kept nor put in place", async () => {
  const client = await clientOf(await gateway.createAgent("ann"));
  const { all } = await tokensOf(client);
  const [profile] = redacting.profiles ?? [];
  await gateway.push(
    policyWith({ vault, profiles: [{ ...profile, name: "m", mode: ScanMode.MONITOR }] }),
  );
  await find(client, { query: all[0] });
  expect(textOf(lastGiven())).not.toContain(email);
});

it("while Redis is away results go out redacted, and calls with tokens are not made", async () => {
  const key = await gateway.createAgent("ann");
  const headers = { authorization: `Bearer ${key}` };
  const call = (name: string, args: object) => ({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: args, _meta: modernMeta() },
  });
  const ask = (name: string, args: object) =>
    post(gateway.url(), call(name, args), {
      ...headers,
      ...modernHeaders("tools/call", name),
    });
  await gateway.push(policyWith({ vault }, { audit: { whenUnwritable: 2 } }));
  const [token = ""] = textToken.exec((await ask("read_contact", { name: "ann" })).text) ?? [];
  await gateway.stopRedis();

  const read = await ask("read_contact", { name: "ann" });
  expect(read.text).toContain(token);
  const refused = await ask("find_contact", { query: token });
  expect(refused.body).toMatchObject({
    error: { code: 5030, message: expect.stringContaining("cannot be looked up now") },
  });
  expect(crm.given).toEqual([]);
  await ask("find_contact", { query: "none" });
  expect(crm.given).toHaveLength(1);
});
