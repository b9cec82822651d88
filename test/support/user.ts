import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const main = join(root, "cli/main.ts");

/** What a command said. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A person with a terminal in an empty folder: starts the gateway and types commands, nothing else. */
export class User {
  readonly folder = mkdtempSync(join(tmpdir(), "mcpgw-user-"));
  /** What `mcpctl up` has printed. */
  screen = "";
  #up: ChildProcess | undefined;
  #options: readonly string[] = [];
  readonly #env: NodeJS.ProcessEnv;

  constructor() {
    mkdirSync(join(this.folder, "home"));
    this.#env = {
      // biome-ignore lint/style/noProcessEnv: no main.ts stands above the tests to hand it in.
      PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`,
      HOME: join(this.folder, "home"),
    };
  }

  /** Types `mcpctl up` and waits until it says that the gateway runs. */
  async startGateway(...more: string[]): Promise<void> {
    if (this.#options.length === 0) this.#options = await freeOptions();
    this.screen = "";
    const bootstrap = join(root, "cli/bootstrap.mjs");
    const up = spawn("node", [bootstrap, "run", main, "up", ...this.#options, ...more], {
      cwd: this.folder,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#up = up;
    await new Promise<void>((done, fail) => {
      const read = (data: Buffer) => {
        this.screen += data;
        if (this.screen.includes("Ctrl-C stops everything")) done();
      };
      up.stdout.on("data", read);
      up.stderr.on("data", read);
      up.once("exit", (code) => fail(new Error(`up ended with ${code}:\n${this.screen}`)));
    });
  }

  /** Presses Ctrl-C and waits. Resolves to the exit code. */
  stopGateway(): Promise<number | null> {
    const up = this.#up;
    if (!up || up.exitCode !== null) return Promise.resolve(up?.exitCode ?? null);
    return new Promise((done) => {
      up.once("exit", done);
      up.kill("SIGINT");
    });
  }

  /** The agent key that is on the screen. */
  get agentKey(): string {
    return this.screen.match(/Agent key +(\S+)/)?.[1] ?? "";
  }

  /** The MCP URL on the screen that ends so. */
  urlOf(path: string): URL {
    const found = [...this.screen.matchAll(/https?:\S+/g)].find(([url]) => url.endsWith(path));
    if (!found) throw new Error(`no URL ends with ${path}:\n${this.screen}`);
    return new URL(found[0]);
  }

  mcpctl(...args: string[]): Promise<Said> {
    return this.type("node", main, ...args);
  }

  /** Calls the MCP Inspector's command line. */
  inspect(url: URL, ...args: string[]): Promise<Said> {
    const header = `Authorization: Bearer ${this.agentKey}`;
    const common = ["--cli", "-q", "--format", "json", url.href, "--transport", "http"];
    return this.type("mcp-inspector", ...common, "--header", header, ...args);
  }

  type(command: string, ...args: string[]): Promise<Said> {
    return new Promise((done) => {
      const options = { cwd: this.folder, env: this.#env, timeout: 60_000 };
      const child = execFile(command, args, options, (_error, stdout, stderr) =>
        done({ code: child.exitCode, stdout, stderr }),
      );
    });
  }

  async leave(): Promise<void> {
    await this.stopGateway();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freeOptions(): Promise<string[]> {
  const [port, grpcPort, bridgePort] = await Promise.all([freePort(), freePort(), freePort()]);
  return [
    `--port=${port}`,
    `--grpc-port=${grpcPort}`,
    `--bridge-port=${bridgePort}`,
    "--proxies=2",
  ];
}

/** A port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}
