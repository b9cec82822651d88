import type { Redis } from "ioredis";
import { defaultScanSettings } from "../core/policy/compile-scanning.ts";
import type { ScanSettings } from "../core/policy/compiled-scanning.ts";
import type { Logger } from "../core/service/log.ts";
import type {
  PinTable as PinTableMessage,
  ServerPins,
} from "../proto/gen/mcpgateway/v1/config_pb.ts";
import { reviewListing } from "./gateway/withhold-definitions.ts";
import type { Inspector } from "./inspection/inspector.ts";
import { createPins } from "./pins/create-pins.ts";
import type { ListedTool } from "./pins/listed-tool.ts";
import { upstreamOf } from "./pins/pin-reporter.ts";
import { type PinEffect, PinTable } from "./pins/pin-table.ts";
import type { Forwarder } from "./upstreams/forwarder.ts";
import { ToolCatalog } from "./upstreams/tool-catalog.ts";

interface Options {
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  readonly inspector: Pick<Inspector, "inspectMessage">;
  readonly forwarder: Forwarder;
  readonly proxyId: string;
  readonly log: Logger;
}

/** What no honest definition holds, whatever the policy says of results. */
const poisonSettings: ScanSettings = {
  ...defaultScanSettings,
  results: {
    ...defaultScanSettings.results,
    secrets: "off",
    hiddenCharacters: "block",
    promptInjection: "block",
    links: "block",
  },
};

/** The tools that upstreams list, the pins that hold them, and how this proxy hears of the pins of others. */
export function assemblePins({ redis, inspector, forwarder, proxyId, log }: Options) {
  const table = new PinTable();
  const catalog = new ToolCatalog(forwarder, Date.now, (call, tools) =>
    reviewListing(call, tools, pins),
  );
  const forget = ({ server }: PinEffect) => catalog.forget(upstreamOf(server));
  const poisonIn = (tool: ListedTool) => {
    const message = { jsonrpc: "2.0", result: { tools: [tool] } };
    const { findings } = inspector.inspectMessage({ message, settings: poisonSettings });
    const certain = findings.filter(({ action }) => action === "blocked");
    return [...new Set(certain.map(({ rule }) => rule))];
  };
  const pins = createPins({ redis, table, proxyId, poisonIn, onEffect: forget, log });
  /** `onVisible`: told of an upstream that shows other tools than before. */
  const follow = (onVisible: (upstream: string) => void) => ({
    replace: (news: ServerPins) => {
      const effect = table.replace(news);
      if (!effect) return;
      forget(effect);
      if (effect.isVisible) onVisible(upstreamOf(effect.server));
    },
    toMessage: (): PinTableMessage => table.toMessage(),
  });
  return { catalog, pins, follow };
}
