/** A difference that the gateway makes on purpose. */
export interface IntendedDifference {
  readonly reason: string;
  readonly probes: RegExp;
  /** The lines of `findDifferences` that it explains. */
  readonly differences: RegExp;
}

/** How the gateway begins to say no to a request that is not right. */
const ownWords = [
  "the id is neither",
  "the message (is|lacks) ",
  "the method is not a name",
  "the (params|arguments) are not an object",
  "a message without an id must be a notification",
  "the body is not ",
  "the header (Mcp-Method|Mcp-Name|MCP-Protocol-Version) is ",
  "params\\._meta lacks ",
  "send Content-Type: application/json",
  "batches are not supported",
  "MCP knows no ",
].join("|");

export const intendedDifferences: readonly IntendedDifference[] = [
  {
    reason: "what both refuse with the same status, the gateway refuses in its own words",
    probes: /^(legacy|modern|PUT|PATCH|OPTIONS): (?!answer: )/,
    differences: new RegExp(`^body\\.error\\.message: .* direct, "(${ownWords})`, "s"),
  },
  {
    reason: "the data of such refusals is the SDK's own",
    probes: /^(legacy|modern): (?!answer: )/,
    differences: /^body\.error\.data: \{"(mismatch|envelope)":.* direct, nothing through$/s,
  },
  {
    reason:
      "a refusal names the request that it refuses, wherever its id can be read (JSON-RPC 2.0 §5)",
    probes: /^(legacy|modern): (?!answer: )/,
    differences: /^body\.id: null direct, ("|-?\d).* through$/s,
  },
  {
    reason: "what is no MCP has no code of MCP's range",
    probes: /: (no Content-Type|content type of a form|of anything)$/,
    differences: /^body\.error\.code: -32000 direct, (-32600|4030) through$/,
  },
  {
    reason:
      "an object with the same key twice is refused: policy and upstream could read it differently",
    probes: /: the same key twice$/,
    differences: /^(status|header|body)/,
  },
  {
    reason:
      "a number that changes when it is read is refused: policy and upstream could read it differently",
    probes: /: (large integer|number beyond a double|numbers written in other ways|id \d{16,})$/,
    differences: /^(status|header|body)/,
  },
  {
    reason:
      "half a surrogate pair is refused: it is no character, and what reads it may make anything of it",
    probes: /: half of a surrogate pair$/,
    differences: /^(status|header|body)/,
  },
  {
    reason: "a method is a name of few characters, so that no spelling goes unjudged",
    probes: /: (an empty method|method with odd characters)$/,
    differences: /^(status|header|body)/,
  },
  {
    reason: "arguments are an object, so that what is judged is what is executed",
    probes: /: a tool with (null for arguments|arguments in an array)$/,
    differences: /^(status|header|body)/,
  },
  {
    reason: "a request without an id is no notification: it would run unjudged",
    probes: /: request without an id$/,
    differences: /^(status|header|body)/,
  },
  {
    reason: "messages deeper than 64 are refused",
    probes: /: arguments 70 deep$/,
    differences: /^(status|header|body)/,
  },
  {
    reason: "streams are marked so that no balancer holds them back",
    probes: /: answer: /,
    differences: /^header\.(cache-control|x-accel-buffering): nothing direct/,
  },
  {
    reason: "the content type is written in one way",
    probes: /: answer: a (content type|stream with)/,
    differences: /^header\.content-type: /,
  },
  {
    reason: "only those headers of an upstream pass that mean something to the agent",
    probes: /: answer: headers of the upstream$/,
    differences: /^header\.(set-cookie|vary|x-anything): .* direct, nothing through$/,
  },
  {
    reason: "the modern era has no sessions",
    probes: /^modern: answer: a session for the agent$/,
    differences: /^header\.mcp-session-id: "<session>" direct, nothing through$/,
  },
  {
    reason: "with its answer a stream ends",
    probes: /: answer: (a notification after the answer|two answers)$/,
    differences: /^body\[1\]: .* direct, nothing through$/,
  },
  {
    reason: "a refusal without JSON-RPC keeps its status and gets words",
    probes: /: answer: a refusal /,
    differences:
      /^(header\.content-type|body): .*(application\/json|refused with HTTP \d+.*) through$|^header\.content-type: .* through$/,
  },
  {
    reason:
      "an upstream's failure, login or redirect is the gateway's affair: the agent gets a JSON-RPC error",
    probes:
      /: answer: (a login|a redirect|a failure with a page|nothing to say|accepted, without.*|JSON that breaks off)$/,
    differences: /^(status: .*200 through|header\..*|body(\.kind)?: .*("text"|5020.*) through)$/s,
  },
  {
    reason: "a broken stream of the modern era cannot be resumed: the agent is told so",
    probes: /^modern: answer: a stream that breaks off$/,
    differences:
      /^body(\.kind: "unfinished" direct, "events"|\[1\]: nothing direct, .*5020.*) through$/s,
  },
  {
    reason: "a broken stream of the legacy era ends, and is resumed where it broke",
    probes: /^legacy: answer: a stream that breaks off$/,
    differences: /^body\.kind: "unfinished" direct, "events" through$/,
  },
  {
    reason: "JSON begins without a byte order mark (RFC 8259 §8.1)",
    probes: /: byte order mark$/,
    differences: /^(status|header|body)/,
  },
  {
    reason: "events that no client of MCP listens to would carry text past the scan",
    probes: /: answer: an event of another kind$/,
    differences: /^body/,
  },
  {
    reason: "an upstream answers only what it was asked: another call may be held or denied here",
    probes: /: answer: an answer to somebody else$/,
    differences: /^body\[/,
  },
  {
    reason: "a remembered list stays fresh for what is left of its time",
    probes: /^modern: /,
    differences: /^body\.result\.ttlMs: 60000 direct, [1-5]\d{4} through$/,
  },
  {
    reason: "a header names what the body names, or nothing",
    probes: /^modern: a name where none belongs$/,
    differences: /^(status|body)/,
  },
];
