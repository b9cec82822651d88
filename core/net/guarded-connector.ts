import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { TLSSocket } from "node:tls";
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
  /** Looks at the other side once TLS trusts it, before anything is sent. What it rejects with ends the connection. */
  readonly onSecure?: (socket: TLSSocket) => Promise<void>;
}

type Connector = buildConnector.connector;

export const connectTimeoutMs = 5_000;

/**
 * Connects only to addresses that the policy allows. It resolves the name itself, checks every address,
 * and hands out just those: there is no second resolution that could say something else.
 */
export function guardedConnector(options: ConnectorOptions): Connector {
  const { network, readTls, serverName, onSecure } = options;
  const lookup = guardedLookup(options);
  let known: { readonly material: string; readonly connect: Connector } | undefined;

  /** A new connector forgets the TLS sessions of the old one: they would be resumed without being verified anew. */
  const connectorNow = (): Connector => {
    const tls = readTls();
    const material = JSON.stringify(tls);
    if (known?.material !== material) {
      // Said here, since NODE_TLS_REJECT_UNAUTHORIZED would otherwise switch it off.
      const settings = {
        ...tls,
        lookup,
        rejectUnauthorized: true,
        timeout: connectTimeoutMs,
        // Whoever is looked at shows its certificate each time.
        ...(onSecure && { maxCachedSessions: 0 }),
      };
      known = { material, connect: buildConnector({ ...settings, allowH2: false }) };
    }
    return known.connect;
  };

  return (target, callback) => {
    try {
      // An address is not looked up, so the lookup does not see it.
      assertReachable(target.hostname, network);
      const named = serverName ? { ...target, servername: serverName } : target;
      connectorNow()(named, onSecure ? lookedAt(onSecure, callback) : callback);
    } catch (error) {
      callback(error as Error, null);
    }
  };
}

/** Hands a connection on once it was looked at. */
function lookedAt(
  look: (socket: TLSSocket) => Promise<void>,
  callback: buildConnector.Callback,
): buildConnector.Callback {
  return (error, socket) => {
    if (!(socket instanceof TLSSocket)) {
      if (error) callback(error, null);
      else if (socket) callback(null, socket);
      return;
    }
    // It may break while nobody else listens yet; whoever takes it finds that out by itself.
    const ignore = () => {};
    socket.on("error", ignore);
    look(socket).then(
      () => {
        socket.off("error", ignore);
        callback(null, socket);
      },
      (cause: unknown) => {
        socket.destroy();
        callback(cause as Error, null);
      },
    );
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
