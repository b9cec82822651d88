import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answers } from "../../cli/up/redis/private-redis.ts";
import { findRedis } from "../../cli/up/redis/redis-source.ts";
import { waitUntil } from "../../cli/up/wait.ts";
import { freePort } from "./user.ts";

/** A Redis process on a port, which a test kills, freezes and starts again. */
export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly folder = mkdtempSync(join(tmpdir(), "mcpgw-"));
  readonly #settings: readonly string[];
  readonly #arguments: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, settings: readonly string[], args: readonly string[]) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#settings = settings;
    this.#arguments = args;
  }

  /** Lines of its configuration, and arguments such as --sentinel. */
  static async start(
    settings: readonly string[] = [],
    options: { readonly port?: number; readonly arguments?: readonly string[] } = {},
  ): Promise<RedisServer> {
    const port = options.port ?? (await freePort());
    const server = new RedisServer(port, settings, options.arguments ?? []);
    await server.restart();
    return server;
  }

  /** Starts it again where it was, with what it kept on disk. */
  async restart(): Promise<void> {
    // biome-ignore lint/style/noProcessEnv: no main.ts stands above the tests to hand it in.
    const env = { ...process.env, MCPGW_REDIS_URL: undefined };
    const source = await findRedis(env, () => {});
    if (source.kind !== "program") throw new Error("this test wants a redis-server on the PATH");
    const file = join(this.folder, "redis.conf");
    const settings = [`port ${this.port}`, "bind 127.0.0.1", `dir ${this.folder}`];
    // Sentinels write down in their file what they learned.
    if (!existsSync(file)) writeFileSync(file, [...settings, ...this.#settings, ""].join("\n"));
    const child = spawn(source.path, [file, ...this.#arguments], {
      argv0: source.argv0,
      stdio: "ignore",
    });
    this.#child = child;
    const killIt = () => void child.kill("SIGKILL");
    process.once("exit", killIt);
    child.once("exit", () => process.off("exit", killIt));
    if (await waitUntil(() => answers(this.url), { deadlineMs: 20_000, everyMs: 10 })) return;
    throw new Error(`the Redis on port ${this.port} did not answer`);
  }

  /** Kills it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** It keeps its connections, and says nothing any more. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
