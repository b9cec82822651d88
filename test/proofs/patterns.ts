import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";

/** A pattern that the scanner runs on what others wrote. */
export interface PatternInUse {
  readonly source: string;
  /** As recheck takes them: without those that change nothing about the time. */
  readonly flags: string;
  /** The file that it stands in, or "built" where a module puts it together. */
  readonly file: string;
}

const root = resolve(import.meta.dirname, "../..");
const scanned = join(root, "data-plane/inspection");

/**
 * Every pattern of the scanner: those that stand in its sources, and those that its modules put together when they are
 * loaded. None can be forgotten, as nobody keeps a list.
 */
export async function patternsInUse(): Promise<readonly PatternInUse[]> {
  const files = sourceFilesBelow(scanned);
  const found = [...files.flatMap(literalsIn), ...(await builtBy(files))];
  const unique = new Map(found.map((it) => [`${it.flags} ${it.source}`, it] as const));
  return [...unique.values()];
}

function sourceFilesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .sort()
    .map((name) => join(folder, name));
}

function literalsIn(file: string): readonly PatternInUse[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  const found: PatternInUse[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isRegularExpressionLiteral(node)) found.push(patternOf(node.text, relative(root, file)));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function patternOf(literal: string, file: string): PatternInUse {
  const end = literal.lastIndexOf("/");
  return { source: literal.slice(1, end), flags: plainFlags(literal.slice(end + 1)), file };
}

/** Loads the modules while somebody watches who makes patterns. What was loaded before is loaded anew. */
async function builtBy(files: readonly string[]): Promise<readonly PatternInUse[]> {
  const found: PatternInUse[] = [];
  const original = globalThis.RegExp;
  globalThis.RegExp = new Proxy(original, {
    construct(target, [source, flags], newTarget) {
      const made = Reflect.construct(target, [source, flags], newTarget) as RegExp;
      if (!madeByLibrary())
        found.push({ source: made.source, flags: plainFlags(made.flags), file: "built" });
      return made;
    },
  });
  try {
    // Programs of threads run where their thread is; what they use is loaded without them.
    const modules = files.filter((file) => !file.endsWith("-worker.ts"));
    for (const file of modules) await import(`${pathToFileURL(file).href}?proof`);
  } finally {
    globalThis.RegExp = original;
  }
  return found;
}

/** Libraries that modules load make patterns, too: those of telephone numbers see candidates of some sixty characters. */
function madeByLibrary(): boolean {
  const [, , , caller = ""] = new Error("who asks").stack?.split("\n") ?? [];
  return caller.includes("node_modules");
}

/** "g" and "d" say how a pattern is used; where it may begin ("y") matters. */
function plainFlags(flags: string): string {
  return [...flags].filter((flag) => "imsuy".includes(flag)).join("");
}
