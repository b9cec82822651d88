import { setTimeout as sleep } from "node:timers/promises";
import { type ReceivedEvent, readEvents } from "./exchange.ts";
import type { Message } from "./probe.ts";
import type { OpenAnswer, Talk } from "./talk.ts";

/** The fixture sends the headers of a stream with its first event: that it is open does not show before. */
const opensWithinMs = 100;

/** Exchanges of several requests that depend on each other. Each tells what the other side said. */
export const conversations: Readonly<Record<string, (talk: Talk) => Promise<readonly unknown[]>>> =
  {
    "news on the stream of a session, which then ends": async (talk) => {
      const opening = talk.get();
      await sleep(opensWithinMs);
      const said = await talk.say("legacy", call(1, "test_trigger_tool_change"));
      const stream = await opening;
      const news = await stream.readUntil(holds("tools/list_changed"));
      const second = await talk.get();
      stream.close();
      const ended = await talk.delete();
      const after = await talk.say("legacy", call(2, "test_simple_text"));
      return [stream.status, said.status, news, second.shown, ended.status, after.shown];
    },
    "a call whose stream closes, resumed": async (talk) => {
      const stream = await talk.say("legacy", call(1, "test_reconnection"));
      const resumed = await talk.get(stream.lastEventId);
      const events = await resumed.readUntil(holds("You came back"));
      resumed.close();
      return [stream.shown, resumed.status, events];
    },
    "a call that asks the user on the stream of the session": async (talk) => {
      const opening = talk.get();
      await sleep(opensWithinMs);
      const answer = talk.say("legacy", call(1, "test_elicitation_on_session"));
      const stream = await opening;
      const asked = await stream.readUntil(holds("elicitation/create"));
      const taken = await talk.say("legacy", accept(asked));
      const { shown } = await answer;
      stream.close();
      return [stream.status, asked, taken.status, shown];
    },
    "a call that asks the user on its own stream": async (talk) => {
      const stream = await talk.send("legacy", call(1, "test_elicitation", { message: "Who?" }));
      const asked = await stream.readUntil(holds("elicitation/create"));
      const taken = await talk.say("legacy", accept(asked));
      return [asked, taken.status, await stream.readUntil(() => false)];
    },
    "a call that sends the user to a page": async (talk) => {
      const stream = await talk.send("legacy", call(1, "test_elicitation_url"));
      const asked = await stream.readUntil(holds("elicitation/create"));
      const taken = await talk.say("legacy", accept(asked));
      return [asked, taken.status, await stream.readUntil(() => false)];
    },
    "a call with progress, cancelled": async (talk) => {
      const params = { _meta: { progressToken: "p" } };
      const stream = await talk.send("legacy", call(1, "test_tool_with_progress", {}, params));
      const begun = await stream.readUntil(holds('"progress":0'));
      const cancel = { method: "notifications/cancelled", params: { requestId: 1 } };
      const cancelled = await talk.say("legacy", cancel);
      stream.close();
      return [begun.length, cancelled.status];
    },
    "a batch": async (talk) => {
      const answer = await talk.sayAll([
        call(1, "test_simple_text"),
        { method: "notifications/initialized" },
        { id: "two", method: "ping" },
        { id: 3, method: "nobody/knows" },
      ]);
      return [answer.status, answersIn(answer)];
    },
    "a batch without a question": async (talk) => {
      const answer = await talk.sayAll([{ method: "notifications/initialized" }]);
      return [answer.status, answer.text];
    },
    "a call of several rounds": async (talk) => {
      const name = "test_input_required_result_multiple_inputs";
      const first = await talk.say("modern", call(1, name));
      const { requestState } = JSON.parse(first.text).result;
      const inputResponses = {
        user_name: { action: "accept", content: { name: "A" } },
        greeting: { role: "assistant", content: { type: "text", text: "Hi" }, model: "m" },
        client_roots: { roots: [{ uri: "file:///a" }] },
      };
      const again = (state: string, id: number) =>
        talk.say("modern", call(id, name, {}, { inputResponses, requestState: state }));
      const second = await again(requestState, 2);
      const tampered = await again(`${requestState}x`, 3);
      return [first.shown, second.shown, tampered.shown];
    },
    "a subscription of the modern era": async (talk) => {
      const params = { notifications: { toolsListChanged: true } };
      const listen = { id: "listen-1", method: "subscriptions/listen", params };
      const stream = await talk.send("modern", listen);
      await stream.readUntil(holds("acknowledged"));
      const said = await talk.say("modern", call(1, "test_trigger_tool_change"));
      const news = await stream.readUntil(holds("tools/list_changed"));
      stream.close();
      return [stream.status, said.shown, news];
    },
  };

function call(id: number, name: string, args: object = {}, params: object = {}): Message {
  return { id, method: "tools/call", params: { name, arguments: args, ...params } };
}

/** Answers to a batch come as an array or one by one, in any order (MCP 2025-03-26). */
function answersIn({ text }: OpenAnswer): string[] {
  const events = readEvents(text).flatMap(({ data }) => (data ? [JSON.parse(data)] : []));
  const answers: unknown[] = text.startsWith("[") ? JSON.parse(text) : events;
  return answers.map((answer) => JSON.stringify(answer)).sort();
}

/** The user's answer to the question that came last. */
function accept(events: readonly ReceivedEvent[]): Message {
  const { id } = JSON.parse(events.at(-1)?.["data"] ?? "{}");
  const content = { name: "é", username: "é", email: "a@b.example" };
  return { id, result: { action: "accept", content } };
}

function holds(text: string): (events: readonly ReceivedEvent[]) => boolean {
  return (events) => events.some(({ data }) => data?.includes(text));
}
