import { describe, expect, it } from "vitest";
import { findAddressProblem } from "./address-rules.ts";

const isRefused = (address: string, hostname: string, network: "public" | "private" | "loopback") =>
  findAddressProblem(address, hostname, network) !== undefined;

describe("a public name", () => {
  it.each([
    "93.184.215.14",
    "2606:4700::6810:84e5",
    "64:ff9b::5db8:d70e",
    "2600:1f18::5efe:5db8:d70e",
  ])("may resolve to %s", (address) =>
    expect(isRefused(address, "mcp.example", "public")).toBe(false),
  );

  it.each([
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "fd12::1",
    "64:ff9b::a01:203",
    "::a01:203",
  ])("may resolve to %s, except where only the internet is allowed", (address) => {
    expect(isRefused(address, "mcp.example", "private")).toBe(false);
    expect(isRefused(address, "mcp.example", "public")).toBe(true);
  });

  it.each([
    "127.0.0.1",
    "127.8.8.8",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "::7f00:1",
    "0:0:0:0:0:0:7f00:0001",
    "::ffff:0:127.0.0.1",
    "2600:1f18::5efe:127.0.0.1",
    "2600:1f18::200:5efe:7f00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
  ])("must not resolve to this machine: %s, unless the policy says so", (address) => {
    expect(isRefused(address, "mcp.example", "private")).toBe(true);
    expect(isRefused(address, "mcp.example", "loopback")).toBe(false);
  });
});

describe("nothing", () => {
  it.each([
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "::169.254.169.254",
    "::a9fe:a9fe",
    "::ffff:0:a9fe:a9fe",
    "::100.100.100.200",
    "2001:0:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:5601:5601",
    "2600:1f18::5efe:169.254.169.254",
    "2600:1f18::200:5efe:a9fe:a9fe",
    "fd12::5efe:a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "64:ff9b:1:a9fe:a9:fe00::",
    "::5",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "::",
    "255.255.255.255",
    "224.0.0.1",
    "ff02::1",
    "240.0.0.1",
    "192.0.2.1",
    "64:ff9b:1::7f00:1",
    "2001:db8::1",
    "no address",
  ])("leads to %s", (address) => {
    expect(isRefused(address, "mcp.example", "loopback")).toBe(true);
    expect(isRefused(address, address, "loopback")).toBe(true);
  });
});

describe("what says where it leads", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["10.0.0.9", "10.0.0.9"],
    ["::1", "::1"],
    ["127.0.0.1", "localhost"],
    ["::1", "mcp.localhost"],
    ["127.0.0.1", "LOCALHOST."],
  ])("is taken at its word: %s for %s", (address, hostname) => {
    expect(isRefused(address, hostname, "private")).toBe(false);
    expect(isRefused(address, hostname, "public")).toBe(true);
  });

  it("is not a name that only looks like it", () => {
    expect(isRefused("127.0.0.1", "localhost.example", "private")).toBe(true);
    expect(isRefused("127.0.0.1", "notlocalhost", "private")).toBe(true);
  });
});
