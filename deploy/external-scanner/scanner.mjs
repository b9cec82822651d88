// A scanner for the gateway in one file: node scanner.mjs KEY_FILE [PORT]
// `judge` is the place for a model; here it holds back what names a project that is not public.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [keyFile, port = "8090"] = process.argv.slice(2);
const secret = readFileSync(keyFile, "utf8").trim();
const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : secret;
const unpublished = /\bproject (bluebird|copperfield)\b/i;

const judge = ({ pointer, text }) =>
  unpublished.test(text) ? [{ rule: "unpublished-project", severity: "high", pointer }] : [];

function isSigned({ headers }, body) {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": sent = "" } = headers;
  const mac = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
  const [made, shown] = [Buffer.from(`v1,${mac}`), Buffer.from(sent)];
  const isRecent = Math.abs(Date.now() / 1000 - Number(at)) < 300;
  return isRecent && made.length === shown.length && timingSafeEqual(made, shown);
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString("utf8");
  if (!isSigned(request, body)) return response.writeHead(401).end();
  const { direction, texts } = JSON.parse(body);
  const findings = texts.flatMap(judge).slice(0, 50);
  const action = direction === "arguments" ? "block" : "redact";
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ action: findings.length > 0 ? action : "allow", findings }));
});
server.listen(Number(port), () => process.stdout.write(`listens on ${server.address().port}\n`));
