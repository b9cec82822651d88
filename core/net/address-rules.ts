import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import type { NetworkName } from "../policy/compiled-policy.ts";

/** Where clouds hand out credentials, beside the link-local addresses: to reach one is to become the machine. */
const metadataServices = [
  "100.100.100.200/32",
  "168.63.129.16/32",
  "fd00:ec2::/32",
  "fd20:ce::254/128",
].map((range) => ipaddr.parseCIDR(range));
/** Translation to IPv4 within one site (RFC 8215): only that site knows to which address. */
const siteTranslation = ipaddr.parseCIDR("64:ff9b:1::/48");
/** IPv4-compatible addresses (RFC 4291): deprecated, and still routed by those who once did. */
const compatible = ipaddr.parseCIDR("::/96");

const depth: Readonly<Record<Zone, number>> = {
  public: 0,
  private: 1,
  loopback: 2,
  forbidden: 3,
};

/**
 * Why the gateway does not connect to this address for this name, or undefined.
 * Whoever rules a public name decides what it resolves to: it must not lead to what only this machine can reach.
 */
export function findAddressProblem(
  address: string,
  hostname: string,
  network: NetworkName,
): string | undefined {
  const zone = zoneOf(address);
  const reach = network !== "public" && saysWhereItLeads(hostname) ? "loopback" : network;
  if (depth[zone] <= depth[reach]) return undefined;
  return `${address} is ${zone === "forbidden" ? "never connected to" : `a ${zone} address`}`;
}

/** The operator who wrote an address or localhost knows where that is; nobody else can change it. */
function saysWhereItLeads(hostname: string): boolean {
  return isIP(hostname) !== 0 || /^(.+\.)?localhost\.?$/i.test(hostname);
}

/** Whether machines get credentials at this address, also where it is carried in another one. */
export function isMetadataAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return destinationsOf(ipaddr.process(address)).some(
    (it) => isMetadataService(it) || (it.kind() === "ipv4" && it.range() === "linkLocal"),
  );
}

type Zone = NetworkName | "forbidden";
type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** That of the destination which the fewest may reach: which of them routers choose is not known here. */
function zoneOf(address: string): Zone {
  if (!ipaddr.isValid(address)) return "forbidden";
  const zones = destinationsOf(ipaddr.process(address)).map(zoneOfDestination);
  return zones.reduce((one, other) => (depth[one] >= depth[other] ? one : other));
}

function zoneOfDestination(address: Address): Zone {
  if (isMetadataService(address)) return "forbidden";
  switch (address.range()) {
    case "unicast":
      return "public";
    case "private":
    case "uniqueLocal":
    case "carrierGradeNat":
      return "private";
    case "loopback":
      return "loopback";
    default:
      return "forbidden";
  }
}

function isMetadataService(address: Address): boolean {
  return metadataServices.some((range) => isWithin(address, range));
}

/** Where packets to this address may end: at the IPv4 addresses that it carries, and at itself where it is one of its own. */
function destinationsOf(address: Address): readonly [Address, ...Address[]] {
  const bytes = address.toByteArray();
  switch (address.range()) {
    case "6to4":
      return [ipv4At(bytes, 2)];
    case "teredo":
      // The server's, and the client's behind it, which is written inverted (RFC 4380).
      return [
        ipv4At(bytes, 4),
        ipv4At(
          bytes.map((byte) => byte ^ 0xff),
          12,
        ),
      ];
    case "rfc6145":
      return [ipv4At(bytes, 12)];
    case "rfc6052":
      return isWithin(address, siteTranslation) ? [address] : [ipv4At(bytes, 12)];
    case "unspecified":
    case "loopback":
      return [address];
    default:
      return ordinaryDestinations(address, bytes);
  }
}

function ordinaryDestinations(address: Address, bytes: number[]): readonly [Address, ...Address[]] {
  if (isWithin(address, compatible)) return [ipv4At(bytes, 12)];
  // ISATAP (RFC 5214): whatever the network, the end names the machine by its IPv4 address.
  const isTunnel = bytes.length === 16 && (bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0;
  if (isTunnel && bytes[10] === 0x5e && bytes[11] === 0xfe) return [address, ipv4At(bytes, 12)];
  return [address];
}

function ipv4At(bytes: readonly number[], start: number): ipaddr.IPv4 {
  return new ipaddr.IPv4(bytes.slice(start, start + 4));
}

function isWithin(address: Address, [base, bits]: [Address, number]): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}
