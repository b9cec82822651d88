import { readFileSync } from "node:fs";
import { create, equals, ScalarType, toJson } from "@bufbuild/protobuf";
import {
  type ReflectList,
  type ReflectMap,
  type ReflectMessage,
  reflect,
} from "@bufbuild/protobuf/reflect";
import { DurationSchema, durationFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { checkManifest, formatProblems } from "./check.ts";
import { formatManifest } from "./format.ts";
import { parseManifest } from "./manifest.ts";

const head = "apiVersion: mcpgateway/v1\nkind: Policy\nmetadata: { name: test }\n";

const good = `${head}upstreams:
  - name: files
    command: [mcp-server-filesystem, /srv/share]
    timeout: 1m30s
routes:
  - path: /mcp
    upstreams: [files]
rules:
  - name: read
    match: { tools: ["files/read_*"] }
    action: allow
`;

/** The problems of a document that begins with a valid head, as \`line:column path: message\`. */
function problemsIn(yaml: string): string[] {
  return parseManifest(head + yaml).problems.map(
    ({ line, column, path, message }) => `${(line ?? 0) - 3}:${column} ${path}: ${message}`,
  );
}

describe("a policy document", () => {
  it("becomes a policy", () => {
    const manifest = parseManifest(good);

    expect(manifest.problems).toEqual([]);
    expect(toJson(PolicySchema, manifest.policy)).toEqual({
      apiVersion: "mcpgateway/v1",
      kind: "Policy",
      metadata: { name: "test" },
      upstreams: [
        { name: "files", command: ["mcp-server-filesystem", "/srv/share"], timeout: "90s" },
      ],
      routes: [{ path: "/mcp", upstreams: ["files"] }],
      rules: [{ name: "read", match: { tools: ["files/read_*"] }, action: "ACTION_ALLOW" }],
    });
    expect(checkManifest(manifest)).toEqual([]);
  });

  it("with five mistakes has five problems, each with its line", () => {
    const wrong = good
      .replace("timeout: 1m30s", "timeout: 90")
      .replace("  - path:", "  - pth:")
      .replace("action: allow", "action: alow")
      .replace("upstreams: [files]", "upstreams: files")
      .replace("kind: Policy", "kind: Polcy");

    const problems = checkManifest(parseManifest(wrong));

    const relevant = problems.filter(({ path }) => path !== "routes[0].path");
    expect(formatProblems("test.yaml", relevant).split("\n")).toEqual([
      expect.stringMatching(/^test\.yaml:2:1: kind: must be Policy, got "Polcy"/),
      "test.yaml:7:5: upstreams[0].timeout: must be a duration such as 500ms, 30s, 15m, 1h30m or 7d, got 90",
      "test.yaml:9:5: routes[0].pth: is no field of Route; did you mean path?",
      'test.yaml:10:5: routes[0].upstreams: must be a list, got "files"',
      'test.yaml:14:5: rules[0].action: must be one of allow, deny, approve, got "alow"; did you mean allow?',
    ]);
  });

  it("says nothing about the meaning of a value that could not be read", () => {
    const manifest = parseManifest(good.replace("action: allow", "action: alow"));

    expect(checkManifest(manifest).filter(({ path }) => path === "rules[0].action")).toHaveLength(
      1,
    );
  });

  it("keeps the place of entries behind one that could not be read", () => {
    const manifest = parseManifest(good.replace("rules:\n", "rules:\n  - nonsense\n  - null\n"));

    expect(manifest.policy.rules.map(({ name }) => name)).toEqual(["", "", "read"]);
    expect(manifest.locate("rules[2].action")).toEqual({ line: 16, column: 5 });
  });

  it("names the nearest parent of a field that it lacks", () => {
    const { locate } = parseManifest(good);

    expect(locate("rules[0].match.operations[3]")).toEqual({ line: 13, column: 5 });
    expect(locate("rules[0].approval")).toEqual({ line: 12, column: 5 });
    expect(locate("limits[0].name")).toBeUndefined();
  });

  it("of all sections is read whole, and compiles", () => {
    const example = readFileSync(new URL("testdata/all-sections.yaml", import.meta.url), "utf8");

    expect(checkManifest(parseManifest(example))).toEqual([]);
  });
});

describe("a mistake in the document", () => {
  it.each([
    ["upstrems: []", "1:1 upstrems: is no field of Policy; did you mean upstreams?"],
    [
      "audit: { max_value_bytes: 5 }",
      "1:10 audit.max_value_bytes: is no field of Audit; did you mean maxValueBytes?",
    ],
    ["weather: fine", "1:1 weather: is no field of Policy"],
    [
      "audit: { maxValueBytes: 4294967296 }",
      "1:10 audit.maxValueBytes: must be a whole number from 0 to 4294967295, got 4294967296",
    ],
    [
      "audit: { maxValueBytes: -1 }",
      "1:10 audit.maxValueBytes: must be a whole number from 0 to 4294967295, got -1",
    ],
    [
      "audit: { maxValueBytes: 1.5 }",
      "1:10 audit.maxValueBytes: must be a whole number from 0 to 4294967295, got 1.5",
    ],
    [
      'audit: { maxValueBytes: "5" }',
      '1:10 audit.maxValueBytes: must be a whole number from 0 to 4294967295, got "5"',
    ],
    ["audit: []", "1:1 audit: must be a mapping, got a list"],
    ["audit: full", '1:1 audit: must be a mapping, got "full"'],
    [
      "audit: { results: unspecified }",
      '1:10 audit.results: must be one of none, redacted, full, got "unspecified"',
    ],
    ["rules: { name: x }", "1:1 rules: must be a list, got a mapping"],
    ["rules: [{ name: [x] }]", "1:11 rules[0].name: must be one value, got a list"],
    ["rules: [{ name: 5 }]", "1:11 rules[0].name: must be text, got 5; quotes make it text"],
    ["rules: [{ name: }]", "1:11 rules[0].name: has no value; give it one or leave the field out"],
    ["rules: [null]", "1:9 rules[0]: has no value; give it one or leave the field out"],
    ["audit: ~", "1:1 audit: has no value; give it one or leave the field out"],
    ["identity: { apiKeys: yes }", '1:13 identity.apiKeys: must be true or false, got "yes"'],
    [
      "limits: [{ window: 1m1h }]",
      '1:12 limits[0].window: must be a duration such as 500ms, 30s, 15m, 1h30m or 7d, got "1m1h"',
    ],
    [
      "limits: [{ per: [agent, tol] }]",
      '1:25 limits[0].per[1]: must be one of agent, route, upstream, tool, operation, tenant, group, session, got "tol"; did you mean tool?',
    ],
    ["rules: []\nrules: []", "2:1 rules: is set twice; first on line 4"],
    [
      "rules: [{ ? [a] : b }]",
      "1:13 rules[0]: has a collection or an alias as a key; keys must be text",
    ],
    ["audit: { 5: x }", "1:10 audit: has 5 as a key; keys must be text"],
    [
      "audit: { <<: { results: full } }",
      '1:10 audit["<<"]: is a merge key, which YAML 1.2 does not have',
    ],
    ["audit: *gone", "1:1 audit: names the anchor gone, which stands nowhere before it"],
    ["audit: { results: !secret full }", "1:19 : unresolved tag: !secret"],
    ["---\nkind: Other", "1:1 : holds several documents; a policy is one"],
  ])("%j is reported", (yaml, problem) => {
    expect(problemsIn(yaml)).toEqual([problem]);
  });

  it("of both sources of a secret is reported at the second", () => {
    const yaml =
      "upstreams: [{ credentials: { value: { fromEnv: TOKEN, fromFile: /run/token } } }]";

    expect(problemsIn(yaml)).toEqual([
      "1:55 upstreams[0].credentials.value.fromFile: cannot be set beside fromEnv",
    ]);
  });

  it("of labels that are no text is reported by label", () => {
    const yaml = "apiVersion: mcpgateway/v1\nmetadata: { labels: { a.b: 5, owner: me } }";

    const { policy, problems } = parseManifest(yaml);

    expect(problems).toMatchObject([{ path: 'metadata.labels["a.b"]', line: 2, column: 23 }]);
    expect(policy.metadata?.labels).toEqual({ owner: "me" });
  });

  it("of a document in the words of YAML 1.1 is reported", () => {
    expect(parseManifest(`%YAML 1.1\n---\n${good}`).problems).toMatchObject([
      { path: "", message: expect.stringContaining("1.1") },
    ]);
  });

  it("that is no YAML at all is reported with its line, and the rest still read", () => {
    const { policy, problems } = parseManifest(`${good}  - name: "open\n`);

    expect(problems[0]).toMatchObject({ path: "", message: expect.stringContaining("quote") });
    expect(policy.rules[0]?.name).toBe("read");
  });
});

describe("a hostile document", () => {
  it("that is empty, too large or nested too deeply has one problem", () => {
    expect(parseManifest("").problems).toMatchObject([
      { message: expect.stringContaining("empty") },
    ]);
    expect(parseManifest(`a: ${"x".repeat(1024 * 1024)}`).problems).toEqual([
      { path: "", message: "the document is larger than 1 MiB", line: 1, column: 1 },
    ]);
    expect(parseManifest("[".repeat(200_000)).problems.length).toBeGreaterThan(0);
  });

  it("with aliases in aliases is read only so far", () => {
    const yaml = `${head}operations:
  - &a { name: a, tools: &t [${"x, ".repeat(500)}x] }
${"  - *a\n".repeat(200)}`;

    const { policy, problems } = parseManifest(yaml);

    expect(problems).toHaveLength(100);
    expect(policy.operations.filter(({ name }) => name === "a")).toHaveLength(101);
  });
});

describe("a policy written as YAML", () => {
  it("reads back as the same policy, whatever field is set", () => {
    const policy = create(PolicySchema);
    fill(reflect(PolicySchema, policy), 0);

    const manifest = parseManifest(formatManifest(policy));

    expect(manifest.problems).toEqual([]);
    expect(equals(PolicySchema, manifest.policy, policy)).toBe(true);
  });

  it("reads back as the same policy, whatever its texts hold", () => {
    const texts = [
      "yes",
      "5",
      "null",
      "~",
      "a: b",
      "# no",
      "two\nlines\n",
      " tab\t",
      "\u001b[31m",
      "\u202e",
      "👩‍👩‍👧",
      "'\"",
      "x".repeat(300),
      "- a",
      "\r\n",
      "\u0085",
    ];
    const policy = create(PolicySchema, {
      rules: texts.map((reason) => ({ reason })),
      metadata: { labels: Object.fromEntries(texts.map((text) => [text, text])) },
    });

    const yaml = formatManifest(policy);

    expect(equals(PolicySchema, parseManifest(yaml).policy, policy)).toBe(true);
    for (const char of ["\u001b", "\u202e", "\u200d", "\t", "\u0085"])
      expect(yaml).not.toContain(char);
  });

  it("uses the words that people write", () => {
    expect(formatManifest(parseManifest(good).policy)).toContain("action: allow");
    expect(formatManifest(parseManifest(good).policy)).toContain("timeout: 1m30s");
  });

  it("is refused when it would lose a setting that this release does not know", () => {
    const policy = create(PolicySchema, { audit: {} });
    if (policy.audit) policy.audit.$unknown = [{ no: 99, wireType: 0, data: new Uint8Array([1]) }];

    expect(() => formatManifest(policy)).toThrow(/^audit has a setting/);
  });
});

/** Sets every field, so that a field which the schema gains is covered too. Of a oneof, one. */
function fill(message: ReflectMessage, depth: number): void {
  for (const field of message.fields) {
    if (field.oneof && message.oneofCase(field.oneof)) continue;
    const element = () => {
      if (field.message?.typeName === DurationSchema.typeName) {
        return reflect(DurationSchema, durationFromMs(93_784_005));
      }
      if (field.enum) return field.enum.values.at(-1)?.number ?? 0;
      if (!field.message) return sampleOf(field.scalar ?? ScalarType.STRING, field.name);
      const inner = reflect(field.message);
      fill(inner, depth + 1);
      return inner;
    };
    if (field.fieldKind === "list") (message.get(field) as ReflectList).add(element());
    else if (field.fieldKind === "map") (message.get(field) as ReflectMap).set("a.b/c", element());
    else message.set(field, element());
  }
}

function sampleOf(type: ScalarType, name: string): unknown {
  if (type === ScalarType.STRING) return `some ${name}`;
  return type === ScalarType.BOOL ? true : 4_294_967_295;
}
