import type { Answer, PassedAnswer } from "../call/outcome.ts";
import type { Asked } from "./answer-listener.ts";
import { readJson } from "./read-json.ts";
import { readStream } from "./read-stream.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamResponse } from "./upstream-pool.ts";

export type { AnswerListener } from "./answer-listener.ts";
export { parseData, readEvents } from "./read-stream.ts";

/** Headers of an upstream that mean something to the agent. Its challenges and cookies are the gateway's own affair. */
const passedHeaders = ["mcp-session-id", "mcp-protocol-version", "retry-after", "cache-control"];

/** Reads the answer to one request. Rejects with an UpstreamError when it is not one. */
export async function readAnswer(
  response: UpstreamResponse,
  asked: Asked,
): Promise<Answer | PassedAnswer> {
  await assertIsForAgent(response, asked.upstream);
  const headers = passedOn(response.headers);
  if (response.status === 200 && typeOf(response) === "text/event-stream") {
    asked.listener.onStream(headers);
    return await readStream(response, asked);
  }
  const mayPass = response.status === 200 && typeOf(response) === "application/json";
  return await readJson(response, asked, { headers, mayPass });
}

function typeOf({ headers }: UpstreamResponse): string | undefined {
  return headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
}

/** Throws when the response is about the gateway: the agent can neither follow a redirect nor log in there. */
export async function assertIsForAgent(
  { status, body }: UpstreamResponse,
  upstream: string,
): Promise<void> {
  if (status !== 401 && status !== 403 && (status < 300 || status >= 400)) return;
  await body.dump();
  const what = status < 400 ? "redirects, which is not followed" : "refuses the gateway";
  throw new UpstreamError(`upstream ${upstream} ${what} (HTTP ${status})`);
}

export function passedOn(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {};
  for (const name of passedHeaders) {
    const value = headers[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}
