import type { Answer } from "../call/outcome.ts";

/** The same answer with another message in it. */
export function withMessage(
  answer: Exclude<Answer, { via: "resumable-stream" }>,
  message: unknown,
): Answer {
  const text = JSON.stringify(message);
  return answer.via === "json"
    ? { ...answer, message, body: Buffer.from(text) }
    : { ...answer, message, event: { ...answer.event, data: text } };
}
