import { hash } from "node:crypto";
import { open, readFile, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import type { CompiledCommand } from "../../../core/policy/compiled-policy.ts";

/** A file that a command consists of. */
interface ProgramFile {
  /** SHA-256 in hex; of the beginning and the end where it is long. */
  readonly sha256: string;
  readonly bytes: number;
  /** "name@version" of the package that it belongs to. */
  readonly package?: string;
}

/** Interpreters have a hundred megabytes. */
const longFile = 8 * 1024 * 1024;
const endsOfLongFile = 1024 * 1024;
const lookAgainAfterMs = 5_000;
/** Other arguments name data, which changes all the time. */
const code = /\.(?:[cm]?[jt]s|py|pyz|rb|sh|jar|wasm|dll)$/i;
const maxArgumentFiles = 3;
const maxParents = 8;

/** What commands would run now: the program, the code that its arguments name, and the packages that those belong to. */
export class Programs {
  readonly #path: string;
  readonly #known = new Map<string, { readonly text: string; readonly atMs: number }>();
  readonly #looking = new Map<string, Promise<string>>();

  /** `path`: where commands are looked for, as the variable PATH. */
  constructor(path: string) {
    this.#path = path;
  }

  /** As JSON. Looked at again after a few seconds, without keeping anybody waiting. Never rejects. */
  async describe({ command }: CompiledCommand): Promise<string> {
    const key = JSON.stringify(command);
    const known = this.#known.get(key);
    if (known && performance.now() - known.atMs < lookAgainAfterMs) return known.text;
    const looking = this.#looking.get(key) ?? this.#look(key, command);
    return known?.text ?? (await looking);
  }

  #look(key: string, command: readonly string[]): Promise<string> {
    const looking = filesOf(command, this.#path).then((files) => {
      const text = JSON.stringify({ files });
      this.#known.set(key, { text, atMs: performance.now() });
      this.#looking.delete(key);
      return text;
    });
    this.#looking.set(key, looking);
    return looking;
  }
}

async function filesOf([program = "", ...args]: readonly string[], path: string) {
  const places = program.includes("/")
    ? [resolve(program)]
    : path.split(delimiter).map((directory) => join(directory, program));
  const named = args.filter((argument) => code.test(argument));
  const found = [
    await firstOf(places),
    ...(await Promise.all(named.slice(0, maxArgumentFiles).map((one) => fileAt(resolve(one))))),
  ];
  return found.filter((file) => file !== undefined);
}

async function firstOf(places: readonly string[]): Promise<ProgramFile | undefined> {
  for (const place of places) {
    const file = await fileAt(place);
    if (file) return file;
  }
  return undefined;
}

/** Undefined: there is none, or it cannot be read. */
async function fileAt(place: string): Promise<ProgramFile | undefined> {
  try {
    const file = await realpath(place);
    const stats = await stat(file);
    if (!stats.isFile()) return undefined;
    const content = stats.size > longFile ? await endsOf(file, stats.size) : await readFile(file);
    const named = await packageOf(dirname(file), maxParents);
    const sha256 = hash("sha256", content);
    return { sha256, bytes: stats.size, ...(named && { package: named }) };
  } catch {
    return undefined;
  }
}

async function endsOf(file: string, size: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const ends = Buffer.alloc(2 * endsOfLongFile);
    await handle.read(ends, 0, endsOfLongFile, 0);
    await handle.read(ends, endsOfLongFile, endsOfLongFile, size - endsOfLongFile);
    return ends;
  } finally {
    await handle.close();
  }
}

async function packageOf(directory: string, parents: number): Promise<string | undefined> {
  try {
    const { name, version } = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
    if (typeof name === "string") return `${name}@${version}`.slice(0, 200);
  } catch {
    // Most directories have none.
  }
  const parent = dirname(directory);
  return parents === 0 || parent === directory ? undefined : packageOf(parent, parents - 1);
}
