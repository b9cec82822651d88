import { expect, it } from "vitest";
import { toAgent } from "./to-agent.ts";

const change = toAgent("up");

it.each([
  {
    what: "links in a tool's result",
    message: {
      id: 1,
      result: {
        content: [
          { type: "text", text: "a", uri: "x://kept" },
          { type: "resource_link", uri: "x://1" },
          { type: "resource", resource: { uri: "x://2", text: "b" } },
        ],
      },
    },
    expected: {
      id: 1,
      result: {
        content: [
          { type: "text", text: "a", uri: "x://kept" },
          { type: "resource_link", uri: "up+x://1" },
          { type: "resource", resource: { uri: "up+x://2", text: "b" } },
        ],
      },
    },
  },
  {
    what: "links in a prompt",
    message: {
      id: 1,
      result: { messages: [{ content: { type: "resource", resource: { uri: "x://1" } } }] },
    },
    expected: {
      id: 1,
      result: { messages: [{ content: { type: "resource", resource: { uri: "up+x://1" } } }] },
    },
  },
  {
    what: "a task of 2025-11-25",
    message: { id: 1, result: { task: { taskId: "7", status: "working" } } },
    expected: { id: 1, result: { task: { taskId: "up__7", status: "working" } } },
  },
  {
    what: "a task of the extension",
    message: { id: 1, result: { resultType: "task", taskId: "7" } },
    expected: { id: 1, result: { resultType: "task", taskId: "up__7" } },
  },
  {
    what: "a question of the upstream, and its progress token",
    message: { id: 0, method: "sampling/createMessage", params: { _meta: { progressToken: 0 } } },
    expected: {
      id: "up:0",
      method: "sampling/createMessage",
      params: { _meta: { progressToken: "up:0" } },
    },
  },
  {
    what: "the end of a question",
    message: { method: "notifications/cancelled", params: { requestId: "a" } },
    expected: { method: "notifications/cancelled", params: { requestId: 'up:"a"' } },
  },
  {
    what: "an updated resource",
    message: { method: "notifications/resources/updated", params: { uri: "x://1" } },
    expected: { method: "notifications/resources/updated", params: { uri: "up+x://1" } },
  },
])("rewrites $what", ({ message, expected }) => {
  expect(change(message)).toEqual(expected);
});

it.each([
  { id: 1, result: { content: [{ type: "text", text: "up" }], structuredContent: { uri: "x" } } },
  { id: 1, result: { resultType: "input_required", requestState: "x", inputRequests: {} } },
  { id: 1, error: { code: -32_602, message: "x" } },
  { method: "notifications/progress", params: { progressToken: 1, progress: 1 } },
  { method: "notifications/of/tomorrow", params: { uri: "x://1" } },
])("leaves alone what names nothing: %j", (message) => {
  expect(change(message)).toBe(message);
});
