import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  type ApprovalSchema,
  type NotifierSchema,
  PolicySchema,
  SmtpSecurity,
  type WebhookFormat,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { compilePolicy } from "./compile.ts";

type Init<Schema extends typeof NotifierSchema | typeof ApprovalSchema> = Extract<
  MessageInitShape<Schema>,
  { $typeName?: never }
>;

const fromEnv = (value: string) => ({ source: { case: "fromEnv" as const, value } });
const hook = { name: "hook", webhook: { url: fromEnv("HOOK") } };
const mail = { host: "mail.example", from: "gateway@example.com", to: ["dba@example.com"] };

it("fills in what a notifier leaves out", () => {
  const compiled = compile([hook, { name: "mail", smtp: mail }], []);

  expect(compiled.ok && [...compiled.policy.notifiers.values()]).toMatchObject([
    { gatherForMs: 30_000, target: { format: "json", network: "private" } },
    { gatherForMs: 30_000, target: { port: 587, security: "starttls" } },
  ]);
});

it("compiles what happens while nobody decides", () => {
  const compiled = compile(
    [hook],
    [
      {
        name: "dba",
        approvers: { groups: ["dba"] },
        notify: ["hook"],
        remindAfter: { seconds: 300n },
        escalate: { after: { seconds: 600n }, notify: ["hook"], approvers: { groups: ["sre"] } },
        breakGlass: { groups: ["incident"] },
        denials: 2,
      },
    ],
  );

  expect(compiled.ok && compiled.policy.approvals.get("dba")).toMatchObject({
    notify: ["hook"],
    remindAfterMs: 300_000,
    escalation: { afterMs: 600_000, notify: ["hook"], approverGroups: ["sre"] },
    breakGlassGroups: ["incident"],
    denials: 2,
  });
});

describe("a notifier is refused", () => {
  const cases: readonly [why: string, notifier: Init<typeof NotifierSchema>, path: string][] = [
    ["without a way", { name: "n" }, "notifiers[0]"],
    ["with two ways", { ...hook, smtp: mail }, "notifiers[0]"],
    ["without a URL", { name: "n", webhook: {} }, "notifiers[0].webhook.url"],
    [
      "that would send the gateway's own settings",
      { name: "n", webhook: { url: fromEnv("MCPGW_JOIN_TOKEN") } },
      "notifiers[0].webhook.url.fromEnv",
    ],
    [
      "in a format that does not exist",
      { name: "n", webhook: { url: fromEnv("U"), format: 99 as WebhookFormat } },
      "notifiers[0].webhook.format",
    ],
    ["that mails to nobody", { name: "n", smtp: { ...mail, to: [] } }, "notifiers[0].smtp.to"],
    [
      "whose recipient would be a second header",
      { name: "n", smtp: { ...mail, to: ["a@b.c\r\nBcc: x@y.z"] } },
      "notifiers[0].smtp.to[0]",
    ],
    [
      "whose password would cross the network readable",
      {
        name: "n",
        smtp: {
          ...mail,
          security: SmtpSecurity.NONE,
          username: fromEnv("U"),
          password: fromEnv("P"),
        },
      },
      "notifiers[0].smtp.security",
    ],
    [
      "with half of a login",
      { name: "n", smtp: { ...mail, username: fromEnv("U") } },
      "notifiers[0].smtp",
    ],
    ["whose link runs a script", { ...hook, link: "javascript:alert(1)" }, "notifiers[0].link"],
    [
      "that gathers for days",
      { ...hook, gatherFor: { seconds: 86_400n } },
      "notifiers[0].gatherFor",
    ],
  ];
  it.each(cases)("%s", (_, notifier, path) => {
    expect(pathsOf(compile([notifier], []))).toContain(path);
  });
});

describe("an approval is refused", () => {
  const cases: readonly [why: string, approval: Init<typeof ApprovalSchema>, path: string][] = [
    ["that tells nobody we know", { notify: ["hok"] }, "approvals[0].notify[0]"],
    ["that tells somebody twice", { notify: ["hook", "hook"] }, "approvals[0].notify[1]"],
    ["that reminds nobody", { remindAfter: { seconds: 60n } }, "approvals[0].remindAfter"],
    [
      "that reminds after the expiry",
      { notify: ["hook"], remindAfter: { seconds: 1_800n } },
      "approvals[0].remindAfter",
    ],
    [
      "that escalates at no time",
      { escalate: { notify: ["hook"] } },
      "approvals[0].escalate.after",
    ],
    [
      "that escalates to nobody",
      { escalate: { after: { seconds: 60n } } },
      "approvals[0].escalate",
    ],
    [
      "that adds approvers to everybody",
      { escalate: { after: { seconds: 60n }, approvers: { groups: ["sre"] } } },
      "approvals[0].escalate.approvers.groups",
    ],
    ["whose glass nobody may break", { breakGlass: {} }, "approvals[0].breakGlass.groups"],
  ];
  it.each(cases)("%s", (_, approval, path) => {
    expect(pathsOf(compile([hook], [{ name: "a", ...approval }]))).toContain(path);
  });
});

function compile(
  notifiers: Init<typeof NotifierSchema>[],
  approvals: Init<typeof ApprovalSchema>[],
) {
  return compilePolicy(
    create(PolicySchema, {
      apiVersion: "mcpgateway/v1",
      kind: "Policy",
      metadata: { name: "test" },
      notifiers,
      approvals,
    }),
  );
}

function pathsOf(compiled: ReturnType<typeof compile>): string[] {
  return compiled.ok ? [] : compiled.problems.map(({ path }) => path);
}
