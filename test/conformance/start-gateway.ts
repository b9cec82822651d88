import { ServerCredentials } from "@grpc/grpc-js";
import { waitUntil } from "../../cli/up/wait.ts";
import { createControlPlane } from "../../control-plane/control-plane.ts";
import { readSettings as readControlPlaneSettings } from "../../control-plane/settings.ts";
import { GrpcClient } from "../../core/grpc/client.ts";
import { createToken } from "../../core/secrets/tokens.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import { startProxy } from "../../data-plane/proxy.ts";
import { readSettings } from "../../data-plane/settings.ts";
import { Access, Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { PolicyService } from "../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { startRedis } from "../support/redis.ts";

export interface OpenGatewayOptions {
  /** URLs of upstreams by name; each is served at the route `/<name>`. */
  readonly upstreams: Readonly<Record<string, string>>;
  readonly proxies: number;
  /** Whether arguments must fit the tool's schema. Default: they need not. */
  readonly checksSchemas?: boolean;
}

export interface OpenGateway {
  /** Of the proxies. */
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

const log = createLog("conformance", "silent");

/**
 * A real gateway in this process that lets everybody do everything and changes nothing.
 * TestGateway does the same for tests, and runs under vitest only.
 */
export async function startOpenGateway(options: OpenGatewayOptions): Promise<OpenGateway> {
  const lifecycle = new Lifecycle();
  const redis = lifecycle.use("redis", await startRedis({ durable: true }), (it) => it.stop());
  const joinToken = createToken("join-token");
  const operatorToken = createToken("operator-token");
  const settings = readControlPlaneSettings({
    MCPGW_REDIS_URL: redis.url,
    MCPGW_JOIN_TOKEN: joinToken,
    MCPGW_BOOTSTRAP_OPERATOR_TOKEN: operatorToken,
  });
  const server = await createControlPlane(
    { settings, producer: "conformance", log, env: {} },
    lifecycle,
  );
  lifecycle.use("grpc server", server, (it) => it.close());
  const grpcPort = await server.listen("127.0.0.1:0", ServerCredentials.createInsecure());
  const address = `127.0.0.1:${grpcPort}`;
  await pushPolicy(address, operatorToken, options);

  const ports: number[] = [];
  for (let count = 1; count <= options.proxies; count += 1) {
    const proxySettings = readSettings({
      MCPGW_PROXY_ID: `proxy-${count}`,
      MCPGW_REDIS_URL: redis.url,
      MCPGW_JOIN_TOKEN: joinToken,
      MCPGW_CONTROL_PLANE_ADDRESS: address,
      MCPGW_PORT: "0",
    });
    const proxy = await startProxy({ settings: proxySettings, env: {}, log });
    lifecycle.use(`proxy-${count}`, proxy, (it) => it.close());
    ports.push(proxy.port);
  }
  await Promise.all(ports.map(waitUntilReady));
  return { ports, stop: () => lifecycle.close() };
}

async function pushPolicy(address: string, token: string, options: OpenGatewayOptions) {
  const upstreams = Object.entries(options.upstreams);
  const { OFF, BLOCK } = ScanAction;
  const unseen = { secrets: OFF, hiddenCharacters: OFF };
  const operator = new GrpcClient({ address, token });
  const { accepted, problems } = await operator.call(PolicyService.method.pushPolicy, {
    policy: {
      apiVersion: "mcpgateway/v1",
      kind: "Policy",
      metadata: { name: "open" },
      upstreams: upstreams.map(([name, url]) => ({ name, url })),
      routes: upstreams.map(([name]) => ({
        path: `/${name}`,
        upstreams: [name],
        anonymous: Access.ALLOW,
      })),
      rules: [{ name: "everything", match: {}, action: Action.ALLOW }],
      scanning: {
        profiles: [
          {
            name: "nothing",
            arguments: { schema: options.checksSchemas ? BLOCK : OFF, ...unseen },
            results: unseen,
          },
        ],
      },
    },
  });
  operator.close();
  if (!accepted) throw new Error(`the policy was refused: ${JSON.stringify(problems)}`);
}

async function waitUntilReady(port: number): Promise<void> {
  const isReady = async () => {
    const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
    return status === 200;
  };
  if (await waitUntil(isReady, { deadlineMs: 10_000, everyMs: 10 })) return;
  throw new Error(`the proxy on port ${port} serves no policy after 10 s`);
}
