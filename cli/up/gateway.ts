import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { GrpcClient } from "../../core/grpc/client.ts";
import { createToken } from "../../core/secrets/tokens.ts";
import type { Env } from "../../core/service/env.ts";
import { CliError } from "../errors.ts";
import { announce } from "./announcement.ts";
import { type DataFolder, openDataFolder, secretOf } from "./data-folder.ts";
import { layOutDemo } from "./demo.ts";
import { demoAgentKey } from "./demo-agent.ts";
import { latestPolicy, pushPolicy } from "./first-policy.ts";
import { childEnvironment, packageRoot } from "./installation.ts";
import { type Lock, takeLock } from "./lock.ts";
import { saveOwnContext } from "./own-context.ts";
import { assertPortsFree } from "./ports.ts";
import {
  bridgeName,
  bridgeProcess,
  controlPlaneProcess,
  grpcAddress,
  type Ports,
  type ProcessSettings,
  proxyNames,
  proxyProcesses,
} from "./processes.ts";
import { agentsMayCome, controlPlaneReady, fleetBefore, fleetReady } from "./readiness.ts";
import { startRedis } from "./redis/start-redis.ts";
import { Supervisor } from "./supervisor.ts";
import type { Terminal } from "./terminal.ts";

export interface UpOptions {
  readonly dataDir: string;
  /** A policy of the user's own, in place of the demo. */
  readonly policy?: string | undefined;
  readonly ports: Ports;
  /** Default: one for each core. */
  readonly proxies?: number | undefined;
  readonly env: Env;
  readonly terminal: Terminal;
}

/** What a killed run started needs this long to notice and end. */
const leftoverMs = 15_000;

/** The whole gateway for one machine. */
export class Gateway {
  readonly #options: UpOptions;
  readonly #folder: DataFolder;
  readonly #lock: Lock;
  readonly #supervisor: Supervisor;

  /** Throws a {@link CliError} when another gateway runs on the data folder. */
  constructor(options: UpOptions) {
    if (options.policy !== undefined && !existsSync(options.policy)) {
      throw new CliError("failed", `There is no policy file ${options.policy}.`);
    }
    this.#options = options;
    this.#folder = openDataFolder(options.dataDir);
    this.#lock = takeLock(this.#folder.path);
    const { say } = options.terminal;
    this.#supervisor = new Supervisor({ logFolder: this.#folder.logs, say });
  }

  /** Starts everything, says how to use it, and keeps it running. Rejects when it cannot. */
  async run(): Promise<never> {
    const failed = this.#supervisor.failed.then((error) => Promise.reject(error));
    await Promise.race([this.#start(), failed]);
    return await failed;
  }

  /** Ends everything in order. */
  async stop(): Promise<void> {
    const { terminal } = this.#options;
    await terminal.during("Stopping", this.#supervisor.stop());
    this.#lock.release();
  }

  /** Ends everything at once. */
  kill(): void {
    this.#supervisor.kill();
    this.#lock.release();
  }

  async #start(): Promise<void> {
    const { terminal } = this.#options;
    const settings = await this.#prepare();
    const { ports, folder } = settings;
    const token = secretOf(folder.operatorToken, () => createToken("operator-token"));
    secretOf(folder.joinToken, () => createToken("join-token"));

    const controlPlane = this.#supervisor.start(controlPlaneProcess(settings));
    const client = new GrpcClient({ address: grpcAddress(ports), token });
    try {
      const answers = controlPlaneReady(client, folder.operatorToken);
      await terminal.during("Starting the control plane", answers);
      for (const child of controlPlane) child.markReady();

      const before = await fleetBefore(client);
      const bridge = this.#supervisor.start(bridgeProcess(settings));
      const proxies = this.#supervisor.start(...proxyProcesses(settings));
      await terminal.during("Pushing the policy", this.#pushPolicy(client, token));
      const names = [bridgeName, ...proxyNames(settings.proxies)];
      const serving = fleetReady(client, names, before).then(() => agentsMayCome(ports.mcp));
      await terminal.during(`Starting the bridge and ${settings.proxies} proxies`, serving);
      for (const child of [...bridge, ...proxies]) child.markReady();

      await this.#announce(client, token);
    } finally {
      client.close();
    }
  }

  /** Makes sure of what the processes need: free ports, and a Redis. */
  async #prepare(): Promise<ProcessSettings> {
    const { ports, env, terminal } = this.#options;
    const childEnv = childEnvironment(env);
    const proxies = this.#proxyCount();
    const free = assertPortsFree(
      [
        { port: ports.mcp, option: "--port" },
        { port: ports.grpc, option: "--grpc-port" },
        { port: ports.bridge, option: "--bridge-port" },
      ],
      this.#lock.wasAbandoned ? leftoverMs : 0,
    );
    await terminal.during("Waiting for the ports of a gateway that was killed", free);
    const folder = this.#folder;
    const redisUrl = await startRedis({
      folder: folder.redis,
      env: childEnv,
      terminal,
      supervisor: this.#supervisor,
    });
    return { ports, proxies, folder, redisUrl, env: childEnv };
  }

  #proxyCount(): number {
    const wanted = this.#options.proxies ?? availableParallelism();
    if (process.platform === "linux" || wanted === 1) return wanted;
    this.#options.terminal.say("Only Linux shares a port among processes: starting 1 proxy.");
    return 1;
  }

  /** The demo policy never takes the place of one that somebody pushed. */
  async #pushPolicy(client: GrpcClient, token: string): Promise<void> {
    const { policy, ports, env } = this.#options;
    const demo = layOutDemo(this.#folder.demo);
    if (policy === undefined && (await latestPolicy(client)) !== undefined) return;
    const server = grpcAddress(ports);
    await pushPolicy(policy ?? demo, { server, token, env });
  }

  async #announce(client: GrpcClient, token: string): Promise<void> {
    const { ports, terminal } = this.#options;
    const isCheckout = process.cwd() === packageRoot;
    const demoPolicy = layOutDemo(this.#folder.demo);
    const text = announce({
      policy: await latestPolicy(client),
      port: ports.mcp,
      agentKey: await demoAgentKey(client, this.#folder.demoKey),
      mcpctl: `${isCheckout ? "npx mcpctl" : "mcpctl"}${await this.#operatorOptions(token)}`,
      inspector: isCheckout ? "npx mcp-inspector" : "npx -y @modelcontextprotocol/inspector",
      demoPolicy: relative("", demoPolicy),
      logs: relative("", this.#folder.logs),
    });
    terminal.say(text);
  }

  /** Lets mcpctl find this gateway, and returns the options that it needs for that. */
  async #operatorOptions(token: string): Promise<string> {
    const server = grpcAddress(this.#options.ports);
    const { terminal } = this.#options;
    const byItself = ` --server ${server} --token-file ${relative("", this.#folder.operatorToken)}`;
    try {
      const context = await saveOwnContext({ server, token });
      if (context?.note !== undefined) terminal.say(`Note: ${context.note}`);
      if (!context) return byItself;
      return context.isCurrent ? "" : ` --context ${context.name}`;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      terminal.say(`Note: ${error.message}`);
      return byItself;
    }
  }
}
