import { BlockList } from "node:net";
import { expect, test } from "vitest";
import { clientAddress, networksOf } from "./client-address.ts";

const trusted = networksOf("10.0.0.0/8, 127.0.0.1, fd00::/8") ?? expect.fail("is none");
const of = (socket: string | undefined, forwardedFor?: string) =>
  clientAddress({ socket, forwardedFor }, trusted);

test.each<[string, string | undefined, string]>([
  ["203.0.113.9", undefined, "203.0.113.9"],
  ["203.0.113.9", "198.51.100.1", "203.0.113.9"],
  ["::ffff:203.0.113.9", "198.51.100.1", "203.0.113.9"],
  ["10.1.1.1", "198.51.100.1", "198.51.100.1"],
  ["::ffff:10.1.1.1", "198.51.100.1", "198.51.100.1"],
  // Whom the proxy was called by stands last; what is before it the caller may have made up.
  ["10.1.1.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"],
  ["10.1.1.1", "1.2.3.4,198.51.100.1 , 10.2.2.2,fd00::7", "198.51.100.1"],
  ["10.1.1.1", "10.2.2.2", "10.2.2.2"],
  ["10.1.1.1", "unknown", "10.1.1.1"],
  ["10.1.1.1", '198.51.100.1, evil"value', "10.1.1.1"],
  ["10.1.1.1", "", "10.1.1.1"],
  ["127.0.0.1", undefined, "127.0.0.1"],
])("a request from %s that says %j is one of %s", (socket, forwardedFor, expected) => {
  expect(of(socket, forwardedFor)).toBe(expected);
});

test.each([
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:0DB8:0001::7", "2001:db8:1:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
])("of the IPv6 address %s the network counts", (address, network) => expect(of(address)).toBe(network));

test("a connection that is already gone has no address, and is counted with others of that kind", () => {
  expect(of(undefined, "198.51.100.1")).toBe("");
});

test.each([
  "",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0",
  "localhost",
  "*",
  "fd00::/129",
  "1.1.1.1,,",
])("%j is no list of networks", (text) => expect(networksOf(text)).toBeUndefined());

test("who trusts no proxy believes nobody", () => {
  const hops = { socket: "127.0.0.1", forwardedFor: "198.51.100.1" };
  expect(clientAddress(hops, new BlockList())).toBe("127.0.0.1");
});
