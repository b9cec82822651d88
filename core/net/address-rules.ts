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

const depth: Readonly<Record<NetworkName | "forbidden", number>> = {
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

function zoneOf(address: string): NetworkName | "forbidden" {
  if (!ipaddr.isValid(address)) return "forbidden";
  const seen = seeThrough(ipaddr.process(address));
  if (metadataServices.some((range) => isWithin(seen, range))) return "forbidden";
  switch (seen.range()) {
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

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The IPv4 address that packets to this one end at, where it carries one. */
function seeThrough(address: Address): Address {
  const bytes = address.toByteArray();
  switch (address.range()) {
    case "6to4":
      return new ipaddr.IPv4(bytes.slice(2, 6));
    case "teredo":
      return new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff));
    case "rfc6145":
      return new ipaddr.IPv4(bytes.slice(12));
    case "rfc6052":
      return isWithin(address, siteTranslation) ? address : new ipaddr.IPv4(bytes.slice(12));
    default:
      return address;
  }
}

function isWithin(address: Address, [base, bits]: [Address, number]): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}
