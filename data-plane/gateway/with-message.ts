import type { Answer } from "../call/outcome.ts";
import { writeWhole } from "../mcp/half-pairs.ts";

/** The same answer with another message in it. */
export function withMessage(
  answer: Exclude<Answer, { via: "resumable-stream" }>,
  message: unknown,
): Answer {
  const text = writeWhole(message);
  return answer.via === "json"
    ? { ...answer, message, body: Buffer.from(text) }
    : { ...answer, message, event: { ...answer.event, data: text } };
}
