import { create } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { type Document, LineCounter, parseDocument } from "yaml";
import { type Policy, PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { DocumentReader, type Position, type Problem } from "./document-reader.ts";
import { isWithin } from "./paths.ts";
import { readMessage } from "./read-message.ts";

/** A policy document, read as far as it can be. */
export interface Manifest {
  /** What could be read. Complete only when there are no problems. */
  readonly policy: Policy;
  /** Everything that is not YAML, or not what the schema wants there. */
  readonly problems: readonly Problem[];
  /** Where a path such as `rules[2].action` stands, or its nearest parent. */
  locate(path: string): Position | undefined;
  /** Whether a value stands there that could not be read: then nothing more can be said about it. */
  isUnread(path: string): boolean;
}

/** The size of document that is read. */
export const maxDocumentBytes = 1024 * 1024;

/** Reads YAML 1.2 into a policy, strictly, and reports every problem at once. */
export function parseManifest(text: string): Manifest {
  const policy = create(PolicySchema);
  const lines = new LineCounter();
  const parsed = parse(text, lines);
  if (!parsed.ok) return unreadable(policy, parsed.message);

  const reader = new DocumentReader(parsed.document, lines);
  reportSyntax(reader, parsed.document);
  if (parsed.document.contents === null) {
    reader.refuse("", "the document is empty; a policy begins with `apiVersion: mcpgateway/v1`");
  } else {
    const root = reader.resolve(parsed.document.contents, "");
    if (root) readMessage(reader, root, "", reflect(PolicySchema, policy));
  }
  return {
    policy,
    problems: reader.problems,
    locate: (path) => reader.locate(path),
    isUnread: (path) => [...reader.unread].some((unread) => isWithin(path, unread)),
  };
}

type Parsed =
  | { readonly ok: true; readonly document: Document }
  | { readonly ok: false; readonly message: string };

function parse(text: string, lineCounter: LineCounter): Parsed {
  if (Buffer.byteLength(text) > maxDocumentBytes) {
    return { ok: false, message: "the document is larger than 1 MiB" };
  }
  try {
    const document = parseDocument(text, {
      lineCounter,
      version: "1.2",
      schema: "core",
      merge: false,
      resolveKnownTags: false,
      // The reader does it, because it knows the path.
      uniqueKeys: false,
      prettyErrors: false,
      // "silent" would also silence that a second document follows.
      logLevel: "error",
    });
    return { ok: true, document };
  } catch (error) {
    // The parser recurses: brackets in brackets in brackets exhaust its stack.
    if (error instanceof RangeError) return { ok: false, message: "is nested too deeply" };
    throw error;
  }
}

function reportSyntax(reader: DocumentReader, document: Document): void {
  const { yaml } = document.directives ?? {};
  if (yaml?.explicit && yaml.version !== "1.2") {
    reader.report("", `is written in YAML ${yaml.version}; only 1.2 is read`, {
      line: 1,
      column: 1,
    });
  }
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const words =
      code === "MULTIPLE_DOCS" ? "holds several documents; a policy is one" : lowerFirst(message);
    reader.report("", words, reader.positionOf(pos[0]));
  }
}

function unreadable(policy: Policy, message: string): Manifest {
  const position = { line: 1, column: 1 };
  return {
    policy,
    problems: [{ path: "", message, ...position }],
    locate: () => position,
    isUnread: () => true,
  };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
