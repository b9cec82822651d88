import { type Message, numeral, type Probe, type ProbeEra, post } from "./probe.ts";

/** Makes messages at random, the same ones for the same seed. */
export function generateProbes(seed: number, count: number): Probe[] {
  const generator = new Generator(seed);
  return Array.from({ length: count }, (_, index) => generator.probe(`generated ${index}`));
}

const methods = [
  "tools/list",
  "tools/call",
  "prompts/list",
  "prompts/get",
  "resources/list",
  "resources/read",
  "resources/templates/list",
  "resources/subscribe",
  "completion/complete",
  "logging/setLevel",
  "ping",
  "server/discover",
  "tasks/get",
  "tasks/result",
  "tasks/update",
  "tasks/cancel",
  "tasks/list",
  "subscriptions/unknown",
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/example.com/unknown",
  "example.com/unknown",
  "$/odd.method-name",
];
/** Tools that answer at once, whatever they are given. */
const tools = ["test_simple_text", "test_echo_arguments", "test_structured_content", "nope", ""];
// What the gateway refuses on purpose (inexact numbers, half characters) stands in the corpus: here it would hide the rest.
const numerals = ["0", "-0", "1.0", "-1e-400", "9007199254740991", "1E2", "0.1"];
const characters = ["a", "Z", " ", "é", "漢", "🙂", "\u0000", "\u202e", '"', "\\", "/"];
const metaKeys = [
  "traceparent",
  "tracestate",
  "baggage",
  "progressToken",
  "io.modelcontextprotocol/related-task",
  "io.modelcontextprotocol/logLevel",
  "io.modelcontextprotocol/of-tomorrow",
  "com.example/own",
];
/** Headers that pass, whatever they say. */
const extraHeaders = [
  "traceparent",
  "tracestate",
  "baggage",
  "mcp-param-a",
  "mcp-param-region",
  "x-own",
];
const keys = ["a", "b", "_meta", "__proto__", "io.modelcontextprotocol/x", "", "é"];

class Generator {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  probe(name: string): Probe {
    const era: ProbeEra = this.#isLucky(0.5) ? "legacy" : "modern";
    return post(name, era, this.#message(), { headers: this.#headers() });
  }

  #headers(): Record<string, string> {
    const names = Array.from({ length: this.#below(3) }, () => this.#oneOf(extraHeaders));
    const value = () =>
      `00-${this.#below(1_000_000_000)}-é`.replace("é", this.#oneOf(["01", "=", "a b"]));
    return Object.fromEntries(names.map((name) => [name, value()]));
  }

  #message(): Message {
    const method = this.#oneOf(methods);
    const hasId = !method.startsWith("notifications/") || this.#isLucky(0.1);
    const message: Record<string, unknown> = { jsonrpc: "2.0", method };
    if (hasId) message["id"] = this.#id();
    if (this.#isLucky(0.85)) message["params"] = this.#params(method);
    if (this.#isLucky(0.05)) message[this.#oneOf(keys)] = this.#value(2);
    if (this.#isLucky(0.05)) delete message[this.#oneOf(["jsonrpc", "method"])];
    return message;
  }

  #id(): unknown {
    if (this.#isLucky(0.5)) return this.#below(1_000);
    return this.#isLucky(0.8) ? this.#text() : this.#value(1);
  }

  #params(method: string): unknown {
    if (this.#isLucky(0.05)) return this.#value(2);
    const params: Record<string, unknown> = { ...this.#known(method) };
    if (this.#isLucky(0.3)) params[this.#text()] = this.#value(3);
    if (this.#isLucky(0.4)) params["_meta"] = this.#meta();
    if (this.#isLucky(0.1)) delete params[this.#oneOf(Object.keys(params)) ?? ""];
    return params;
  }

  #meta(): unknown {
    if (this.#isLucky(0.1)) return this.#value(1);
    const names = Array.from({ length: this.#below(4) }, () => this.#oneOf(metaKeys));
    return {
      ...this.#object(2),
      ...Object.fromEntries(names.map((name) => [name, this.#value(2)])),
    };
  }

  /** What the method wants, or something like it. */
  #known(method: string): Record<string, unknown> {
    switch (method) {
      case "tools/call":
        return { name: this.#oneOf(tools), arguments: this.#object(4) };
      case "prompts/get":
        return {
          name: this.#oneOf(["test_simple_prompt", "test_prompt_with_arguments", "nope"]),
          arguments: { arg1: this.#value(1), arg2: this.#text() },
        };
      case "resources/read":
      case "resources/subscribe":
        return { uri: this.#oneOf(["test://static-text", "test://template/7/data", "x://é 漢"]) };
      case "logging/setLevel":
        return { level: this.#oneOf(["debug", "error", this.#text()]) };
      case "completion/complete":
        return {
          ref: { type: "ref/prompt", name: "test_prompt_with_arguments" },
          argument: { name: "arg1", value: this.#text() },
        };
      case "notifications/cancelled":
        return { requestId: this.#id() };
      case "notifications/progress":
        return { progressToken: this.#id(), progress: this.#below(100) };
      case "tasks/get":
      case "tasks/result":
      case "tasks/cancel":
        return { taskId: this.#text() };
      case "tasks/update":
        return { taskId: this.#text(), inputResponses: this.#object(2) };
      default:
        return {};
    }
  }

  #value(depth: number): unknown {
    const kind = this.#below(depth > 0 ? 7 : 5);
    if (kind === 0) return null;
    if (kind === 1) return this.#isLucky(0.5);
    if (kind === 2) return numeral(this.#oneOf(numerals));
    if (kind < 5) return this.#text();
    if (kind === 5) return Array.from({ length: this.#below(4) }, () => this.#value(depth - 1));
    return this.#object(depth - 1);
  }

  #object(depth: number): Record<string, unknown> {
    const entries = Array.from({ length: this.#below(4) }, () => [
      this.#oneOf(keys),
      this.#value(depth - 1),
    ]);
    return Object.fromEntries(entries);
  }

  #text(): string {
    return Array.from({ length: this.#below(8) }, () => this.#oneOf(characters)).join("");
  }

  #oneOf(choices: readonly string[]): string {
    return choices[this.#below(choices.length)] ?? "";
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  #isLucky(probability: number): boolean {
    return this.#next() < probability;
  }

  /** mulberry32: small, and good enough to choose test cases. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
