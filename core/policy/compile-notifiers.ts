import {
  type Notifier,
  type Policy,
  type Smtp,
  SmtpSecurity,
  type Webhook,
  WebhookFormat,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CompiledNotifier, CompiledSmtp, CompiledWebhook } from "./compiled-policy.ts";
import { checkNames, durationMs } from "./fields.ts";
import { compileNamedSecret, compileNetwork, compilePem } from "./outward.ts";
import type { Problems } from "./problems.ts";

const formats: ReadonlyMap<WebhookFormat, CompiledWebhook["format"]> = new Map([
  [WebhookFormat.UNSPECIFIED, "json"],
  [WebhookFormat.JSON, "json"],
  [WebhookFormat.SLACK, "slack"],
  [WebhookFormat.TEAMS, "teams"],
]);
const securities: ReadonlyMap<SmtpSecurity, CompiledSmtp["security"]> = new Map([
  [SmtpSecurity.UNSPECIFIED, "starttls"],
  [SmtpSecurity.STARTTLS, "starttls"],
  [SmtpSecurity.TLS, "tls"],
  [SmtpSecurity.NONE, "none"],
]);
const hostPattern = /^[A-Za-z0-9_:][A-Za-z0-9._:-]{0,252}$/;
/** An address that needs no quoting: nothing in it can become a second header or recipient. */
const mailPattern = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$/;
const maxRecipients = 50;
const maxLinkLength = 500;

/** The ways to reach people, by name. */
export function compileNotifiers(
  policy: Policy,
  problems: Problems,
): ReadonlyMap<string, CompiledNotifier> {
  const at = problems.at("notifiers");
  checkNames(policy.notifiers, at);
  const compiled = policy.notifiers.flatMap((notifier, index) => {
    const found = compileNotifier(notifier, at.at(index));
    return found ? [[notifier.name, found] as const] : [];
  });
  return new Map(compiled);
}

function compileNotifier(notifier: Notifier, problems: Problems): CompiledNotifier | undefined {
  const { name, webhook, smtp, link } = notifier;
  if (webhook && smtp) problems.add("has both webhook and smtp: keep one");
  if (!webhook && !smtp) problems.add("needs a webhook or smtp");
  if (link !== "") checkLink(link, problems.at("link"));
  const target = webhook
    ? compileWebhook(webhook, problems.at("webhook"))
    : smtp && compileSmtp(smtp, problems.at("smtp"));
  return (
    target && {
      name,
      target,
      gatherForMs: durationMs(
        notifier.gatherFor,
        { fallbackMs: 30_000, minMs: 0, maxMs: 3_600_000 },
        problems.at("gatherFor"),
      ),
      ...(link !== "" && { link }),
    }
  );
}

function compileWebhook(webhook: Webhook, problems: Problems): CompiledWebhook {
  const { url, format: formatNumber, signWith, network, ca } = webhook;
  const format = formats.get(formatNumber);
  if (!format) problems.at("format").add(`is unknown (${formatNumber}): json, slack or teams`);
  return {
    kind: "webhook",
    url: compileNamedSecret(url, problems.at("url")),
    format: format ?? "json",
    ...(signWith && { signWith: compileNamedSecret(signWith, problems.at("signWith")) }),
    network: compileNetwork(network, problems.at("network")),
    ...(ca && { ca: compilePem(ca, problems.at("ca")) }),
  };
}

function compileSmtp(smtp: Smtp, problems: Problems): CompiledSmtp {
  const { host, port, username, password, from, to, network, ca } = smtp;
  const security = securityOf(smtp, problems);
  checkPeople(smtp, problems);
  if (!hostPattern.test(host)) {
    problems.at("host").add(`must be a host name or an address, got ${JSON.stringify(host)}`);
  }
  if (port > 65_535) problems.at("port").add(`must be at most 65535, got ${port}`);
  return {
    kind: "smtp",
    host,
    port: port || (security === "tls" ? 465 : 587),
    security,
    ...(username && { username: compileNamedSecret(username, problems.at("username")) }),
    ...(password && { password: compileNamedSecret(password, problems.at("password")) }),
    from,
    to,
    network: compileNetwork(network, problems.at("network")),
    ...(ca && { ca: compilePem(ca, problems.at("ca")) }),
  };
}

function securityOf(smtp: Smtp, problems: Problems): CompiledSmtp["security"] {
  const { security: number, username, password } = smtp;
  const security = securities.get(number);
  if (!security) problems.at("security").add(`is unknown (${number}): starttls, tls or none`);
  if (!username !== !password) problems.add("needs username and password together");
  if (security === "none" && password) {
    problems.at("security").add("must not be none where there is a password: it would be readable");
  }
  return security ?? "starttls";
}

function checkPeople({ from, to }: Smtp, problems: Problems): void {
  checkMail(from, problems.at("from"));
  to.forEach((address, index) => {
    checkMail(address, problems.at("to").at(index));
  });
  if (to.length === 0) problems.at("to").add("names nobody");
  if (to.length > maxRecipients) problems.at("to").add(`has more than ${maxRecipients} entries`);
}

function checkMail(address: string, problems: Problems): void {
  if (mailPattern.test(address)) return;
  problems.add(`must be a mail address such as dba@example.com, got ${JSON.stringify(address)}`);
}

function checkLink(link: string, problems: Problems): void {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  if (!isWeb) problems.add(`must be an http or https URL, got ${JSON.stringify(link)}`);
  if (url && (url.username !== "" || url.password !== "")) {
    problems.add("holds a user or password: policies never contain secrets");
  }
  if (link.length > maxLinkLength) problems.add(`is longer than ${maxLinkLength} characters`);
}
