import type { Lifecycle } from "../../core/service/lifecycle.ts";
import { startFixtureServer } from "./fixture-server.ts";
import type { Measurement, Way } from "./report.ts";
import { startRequestBalancer } from "./request-balancer.ts";
import { startOpenGateway } from "./start-gateway.ts";
import { testServer } from "./suite.ts";

export interface Ways {
  /** One job for each way to the fixture: the suite, once for each version. */
  serverJobs(versions: readonly string[]): (() => Promise<Measurement[]>)[];
  /** Says which proxies got nothing to do: then nothing was measured about several of them. */
  findIdleProxies(): readonly string[];
}

/** Starts the gateway, and for each way to it a fixture of its own: what one run changes is not news to another. */
export async function startWays(
  { proxies }: { readonly proxies: number },
  lifecycle: Lifecycle,
): Promise<Ways> {
  const [direct, one, several] = await Promise.all([1, 2, 3].map(() => startFixtureServer()));
  if (!direct || !one || !several) throw new Error("a fixture is missing");
  for (const fixture of [direct, one, several])
    lifecycle.use("fixture", fixture, (it) => it.stop());
  const gateway = await startOpenGateway({
    upstreams: { one: one.url, several: several.url },
    proxies,
  });
  lifecycle.use("gateway", gateway, (it) => it.stop());
  const balancer = await startRequestBalancer(gateway.ports);
  lifecycle.use("balancer", balancer, (it) => it.stop());

  const urls: [Way, string][] = [
    ["direct", direct.url],
    ["one proxy", `http://127.0.0.1:${gateway.ports[0]}/one`],
  ];
  if (proxies > 1) urls.push(["three proxies", `${balancer.origin}/several`]);
  return {
    serverJobs: (versions) =>
      urls.map(([way, url]) => async () => {
        const measurements: Measurement[] = [];
        for (const version of versions) {
          const checks = await testServer(url, version);
          measurements.push({ subject: `server ${version}`, way, checks });
        }
        return measurements;
      }),
    findIdleProxies: () =>
      proxies === 1
        ? []
        : balancer.requestsTo.flatMap((count, index) =>
            count > 0 ? [] : [`proxy ${index + 1} got no request`],
          ),
  };
}
