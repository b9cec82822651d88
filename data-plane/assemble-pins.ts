import type { Redis } from "ioredis";
import type { DefinitionKind } from "../core/pins/definition-kind.ts";
import { defaultScanSettings } from "../core/policy/compile-scanning.ts";
import type { CompiledPolicy } from "../core/policy/compiled-policy.ts";
import type { ScanSettings } from "../core/policy/compiled-scanning.ts";
import type { Logger } from "../core/service/log.ts";
import type {
  PinTable as PinTableMessage,
  ServerPins,
} from "../proto/gen/mcpgateway/v1/config_pb.ts";
import type { ListedKind } from "./gateway/listed-names.ts";
import { reviewListing, settingsForServer } from "./gateway/review-definitions.ts";
import type { Inspector } from "./inspection/inspector.ts";
import { createPins } from "./pins/create-pins.ts";
import { findOddities } from "./pins/find-oddities.ts";
import type { ListedDefinition } from "./pins/listed-definition.ts";
import { type PinEffect, PinTable, upstreamOf } from "./pins/pin-table.ts";
import { ServerKeys } from "./pins/server-keys.ts";
import { ShownLists } from "./pins/shown-lists.ts";
import type { Forwarder } from "./upstreams/forwarder.ts";
import { ToolCatalog } from "./upstreams/tool-catalog.ts";

interface Options {
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  /** One for purpose "limits", to the same Redis. */
  readonly quick: Redis;
  readonly inspector: Pick<Inspector, "inspectMessage">;
  readonly forwarder: Forwarder;
  readonly proxyId: string;
  readonly log: Logger;
  readonly policyNow: () => CompiledPolicy | undefined;
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

/** As agents are told of changes. */
const listedKinds: ReadonlyMap<DefinitionKind, ListedKind> = new Map([
  ["tool", "tool"],
  ["prompt", "prompt"],
  ["resource", "resource"],
  ["template", "resource"],
]);

/** What upstreams list, the pins that hold it, and how this proxy hears of the pins of others. */
export function assemblePins(options: Options) {
  const { redis, quick, inspector, forwarder, proxyId, log, policyNow } = options;
  const table = new PinTable();
  const shown = new ShownLists({ redis: quick, table, log });
  const catalog = new ToolCatalog(forwarder, Date.now, (call, listed) =>
    reviewListing(call, listed, pins),
  );
  const forget = ({ server }: PinEffect) => catalog.forget(upstreamOf(server));
  const poisonIn = ({ said }: ListedDefinition) => {
    // Whatever it is of, all of it is read as a definition is.
    const message = { jsonrpc: "2.0", result: { tools: [said] } };
    const { findings } = inspector.inspectMessage({ message, settings: poisonSettings });
    const certain = findings.filter(({ action }) => action === "blocked");
    const poison = [...new Set(certain.map(({ rule }) => `poisoned: ${rule}`))];
    const odd = findOddities(said);
    const isCertain = poison.length > 0;
    return { marks: [...poison, ...odd.marks], isGrave: isCertain || odd.isGrave, isCertain };
  };
  const pins = createPins({ redis, table, proxyId, poisonIn, onEffect: forget, log });
  const keys = new ServerKeys({
    pins,
    settingsOf: (upstream) => {
      const policy = policyNow();
      return policy && settingsForServer(policy, upstream);
    },
  });
  /** `onVisible`: told of an upstream that shows other things than before. */
  const follow = (onVisible: (upstream: string, kinds: ReadonlySet<ListedKind>) => void) => ({
    replace: (news: ServerPins) => {
      const effect = table.replace(news);
      if (!effect) return;
      forget(effect);
      const kinds = [...effect.visible].flatMap((kind) => listedKinds.get(kind) ?? []);
      if (kinds.length > 0) onVisible(upstreamOf(effect.server), new Set(kinds));
    },
    toMessage: (): PinTableMessage => table.toMessage(),
  });
  return { catalog, pins, shown, keys, follow };
}
