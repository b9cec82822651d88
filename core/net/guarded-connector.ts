import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import type { NetworkName } from "../policy/compiled-policy.ts";
import { findAddressProblem } from "./address-rules.ts";

/** The address behind a name is not one that the gateway connects to. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/** What TLS needs for one connection, in PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export type Lookup = (
  hostname: string,
  options: { readonly all: true; readonly family?: number; readonly hints?: number },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface ConnectorOptions {
  readonly network: NetworkName;
  /** Read for each connection: certificates rotate under a running process. */
  readonly readTls: () => TlsMaterial;
  readonly serverName?: string;
  readonly lookup?: Lookup;
}

type Connector = buildConnector.connector;

export const connectTimeoutMs = 5_000;

/**
 * Connects only to addresses that the policy allows. It resolves the name itself, checks every address,
 * and hands out just those: there is no second resolution that could say something else.
 */
export function guardedConnector(options: ConnectorOptions): Connector {
  const { network, readTls, serverName } = options;
  const lookup = guardedLookup(options);
  let known: { readonly material: string; readonly connect: Connector } | undefined;

  /** A new connector forgets the TLS sessions of the old one: they would be resumed without being verified anew. */
  const connectorNow = (): Connector => {
    const tls = readTls();
    const material = JSON.stringify(tls);
    if (known?.material !== material) {
      // Said here, since NODE_TLS_REJECT_UNAUTHORIZED would otherwise switch it off.
      const settings = { ...tls, lookup, rejectUnauthorized: true, timeout: connectTimeoutMs };
      known = { material, connect: buildConnector({ ...settings, allowH2: false }) };
    }
    return known.connect;
  };

  return (target, callback) => {
    try {
      // An address is not looked up, so the lookup does not see it.
      assertReachable(target.hostname, network);
      connectorNow()(serverName ? { ...target, servername: serverName } : target, callback);
    } catch (error) {
      callback(error as Error, null);
    }
  };
}

/** A lookup for sockets that hands out only addresses that were checked. It is not asked for addresses: see {@link assertReachable}. */
export function guardedLookup({
  network,
  lookup = systemLookup,
}: Pick<ConnectorOptions, "network" | "lookup">): LookupFunction {
  return (hostname, { all, family, hints }, callback) => {
    const asked = {
      all: true as const,
      ...(typeof family === "number" && { family }),
      ...(hints !== undefined && { hints }),
    };
    lookup(hostname, asked, (error, addresses) => {
      try {
        if (error) throw error;
        const [first] = addresses;
        if (!first) throw new AddressRefused(`${hostname} has no address`);
        assertAllowed(
          addresses.map(({ address }) => address),
          hostname,
          network,
        );
        if (all) callback(null, addresses);
        else callback(null, first.address, first.family);
      } catch (cause) {
        callback(cause as Error, "");
      }
    });
  };
}

/** Throws {@link AddressRefused} for an address in place of a name that may not be connected to. Names are the lookup's. */
export function assertReachable(hostname: string, network: NetworkName): void {
  if (isIP(hostname)) assertAllowed([hostname], hostname, network);
}

/** One bad address among good ones is an attack or a mistake: none of them is used. */
function assertAllowed(addresses: readonly string[], hostname: string, network: NetworkName): void {
  for (const address of addresses) {
    const problem = findAddressProblem(address, hostname, network);
    if (problem) throw new AddressRefused(`${hostname}: ${problem} (network ${network})`);
  }
}
