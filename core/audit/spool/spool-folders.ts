import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";

/** A unix socket's path has at most 107 bytes. */
const maxSocketPathBytes = 104;
const socketName = "live";
const namePattern = /^(?:taken-([0-9a-f]{12})-)?boot-([0-9a-f]{12})$/;

/**
 * The folders of all processes that spool below one root. Each process has one of its own, and shows by an open socket that it lives:
 * the system closes that, however the process ends. What a dead process left is taken over by exactly one living one.
 */
export class SpoolFolders {
  readonly #root: string;
  readonly #id: string;
  readonly #server: Server;

  private constructor(root: string, id: string, server: Server) {
    this.#root = root;
    this.#id = id;
    this.#server = server;
  }

  /** Makes this process's own folder. */
  static async open(root: string): Promise<SpoolFolders> {
    const id = randomBytes(6).toString("hex");
    await mkdir(root, { recursive: true, mode: 0o700 });
    // Under its name only once it shows that its process lives: another would take it over at once.
    const unnamed = join(root, `new-${id}`);
    await mkdir(unnamed, { mode: 0o700 });
    const server = await listen(join(unnamed, socketName));
    const folders = new SpoolFolders(root, id, server);
    await rename(unnamed, folders.own);
    return folders;
  }

  get own(): string {
    return join(this.#root, `boot-${this.#id}`);
  }

  /** Takes over what dead processes left, oldest name first. */
  async takeOver(): Promise<string[]> {
    const taken: string[] = [];
    for (const name of (await readdir(this.#root)).sort()) {
      const [, takenBy, id = ""] = namePattern.exec(name) ?? [];
      const owner = takenBy ?? id;
      if (id === "" || owner === this.#id || (await this.#lives(owner))) continue;
      const path = join(this.#root, `taken-${this.#id}-boot-${id}`);
      // Of several that try, the one that renames it has it.
      const isOurs = await rename(join(this.#root, name), path).then(
        () => true,
        () => false,
      );
      if (isOurs) taken.push(path);
    }
    return taken;
  }

  close(): void {
    this.#server.close();
  }

  #lives(id: string): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(join(this.#root, `boot-${id}`, socketName));
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", ({ code }: NodeJS.ErrnoException) => {
        // Anything else is no proof of death.
        resolve(code !== "ECONNREFUSED" && code !== "ENOENT");
      });
    });
  }
}

function listen(path: string): Promise<Server> {
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    throw new Error(`the path of the folder is too long for a unix socket: ${path}`);
  }
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(path, () => resolve(server.unref()));
  });
}
