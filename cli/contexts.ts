import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parseDocument } from "yaml";
import { environment } from "./environment.ts";
import { failed } from "./errors.ts";
import { formatYaml, note } from "./output.ts";

/** A control plane and the token for it, under a name. */
export interface Context {
  readonly name: string;
  /** "host:port". */
  readonly server: string;
  readonly token: string;
}

/** What the file of contexts holds. */
export interface Contexts {
  readonly path: string;
  /** The name of the context that commands use. */
  readonly current: string | undefined;
  readonly contexts: readonly Context[];
}

/** Reads the file of contexts. No file: no contexts. */
export async function readContexts(): Promise<Contexts> {
  const path = contextsPath();
  const text = await readPrivateFile(path);
  if (text === undefined) return { path, current: undefined, contexts: [] };
  return { path, ...parseContexts(text, path) };
}

/** Adds the context, or replaces the one of that name. Tells whether it is the current one now. */
export async function saveContext(
  context: Context,
  makeCurrent: "always" | "if-none",
): Promise<{ isCurrent: boolean; path: string }> {
  const known = await readContexts();
  const contexts = [...known.contexts.filter(({ name }) => name !== context.name), context];
  const hasCurrent = known.contexts.some(({ name }) => name === known.current);
  const current = makeCurrent === "always" || !hasCurrent ? context.name : known.current;
  await writeContexts({ path: known.path, current, contexts });
  return { isCurrent: current === context.name, path: known.path };
}

/** Makes the context of that name the current one. */
export async function useContext(name: string): Promise<Context> {
  const known = await readContexts();
  const context = findContext(known, name);
  await writeContexts({ ...known, current: name });
  return context;
}

/** Forgets the context of that name, and its token. */
export async function removeContext(name: string): Promise<void> {
  const known = await readContexts();
  findContext(known, name);
  const contexts = known.contexts.filter((context) => context.name !== name);
  const current = known.current === name ? undefined : known.current;
  await writeContexts({ ...known, current, contexts });
}

/** The context of that name. Fails with the names that exist. */
export function findContext({ contexts, path }: Contexts, name: string): Context {
  const context = contexts.find((candidate) => candidate.name === name);
  if (context) return context;
  const names = contexts.map((candidate) => candidate.name).join(", ") || "none";
  throw failed(`no context ${name} in ${path}. There are: ${names}.`);
}

function contextsPath(): string {
  const env = environment();
  if (env["MCPCTL_CONFIG"]) return env["MCPCTL_CONFIG"];
  const home = env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config");
  return join(home, "mcpctl", "config.yaml");
}

async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      note(`warning: others can read ${path}, which holds tokens. \`chmod 600 ${path}\` mends it.`);
    }
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw failed(`cannot read the contexts in ${path} (${code}).`, { cause });
  }
}

/** The file holds tokens: what is wrong with it is told without a word of what it says. */
function parseContexts(text: string, path: string): Omit<Contexts, "path"> {
  const file = parsePrivateYaml(text, path) ?? {};
  const { current, contexts = [] } = file as Record<string, unknown>;
  if (typeof file !== "object" || !Array.isArray(contexts)) {
    throw failed(`${path} must be a mapping with a list \`contexts\`.`);
  }
  for (const [index, context] of contexts.entries()) {
    if (!isContext(context)) {
      throw failed(
        `contexts[${index}] in ${path} needs a name, a server and a token, all of them text.`,
      );
    }
  }
  return { current: typeof current === "string" ? current : undefined, contexts };
}

function parsePrivateYaml(text: string, path: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split("\n").length;
    throw failed(`${path} is no valid YAML from line ${line} on.`);
  }
  try {
    return document.toJS();
  } catch (cause) {
    // The cause is not shown: it names an alias, which may be a token without its quotes.
    throw failed(`${path} is no valid YAML: it has an alias that leads nowhere.`, { cause });
  }
}

function isContext(value: unknown): value is Context {
  const { name, server, token } = (value ?? {}) as Record<string, unknown>;
  return [name, server, token].every((part) => typeof part === "string" && part !== "");
}

/** Replaces the file in one step: a crash leaves the old or the new one, never half a one. */
async function writeContexts({ path, current, contexts }: Contexts): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(`${formatYaml({ ...(current && { current }), contexts })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    const { code } = cause as NodeJS.ErrnoException;
    throw failed(`cannot write the contexts to ${path} (${code}).`, { cause });
  }
}
