import { BlockList, isIP, isIPv6 } from "node:net";

/** Of a text such as `10.0.0.1, 192.168.0.0/16, fd00::/8`; `undefined`: there is something else in it. */
export const networksOf = (text: string): BlockList | undefined => {
  const networks = new BlockList();
  const areAll = text.split(",").every((word) => addNetwork(networks, word.trim()));
  return areAll ? networks : undefined;
};

const addNetwork = (networks: BlockList, word: string): boolean => {
  const [address = "", length, ...more] = word.split("/");
  const family = familyOf(address);
  const longest = family === "ipv4" ? 32 : 128;
  if (isIP(address) === 0 || more.length > 0) return false;
  if (length === undefined) networks.addAddress(address, family);
  else if (/^\d{1,3}$/.test(length) && Number(length) <= longest)
    networks.addSubnet(address, Number(length), family);
  else return false;
  return true;
};

const familyOf = (address: string): "ipv4" | "ipv6" => (isIPv6(address) ? "ipv6" : "ipv4");

export type Hops = {
  /** Of the connection. */
  socket: string | undefined;
  /** The header `x-forwarded-for`: each proxy adds at its end whom it was called by. */
  forwardedFor: string | undefined;
};

/**
 * Who sent a request: the last hop that no trusted proxy is. What anybody else says of others' addresses is not
 * believed. Of an IPv6 address it is the network of 64 bits, as that is what one person has.
 */
export const clientAddress = ({ socket, forwardedFor }: Hops, trusted: BlockList): string => {
  const said = forwardedFor?.split(",").map((hop) => hop.trim()) ?? [];
  let address = plain(socket ?? "");
  while (isTrusted(address, trusted)) {
    const before = plain(said.pop() ?? "");
    if (isIP(before) === 0) break;
    address = before;
  }
  return isIPv6(address) ? networkOf(address) : address;
};

const isTrusted = (address: string, trusted: BlockList): boolean =>
  isIP(address) !== 0 && trusted.check(address, familyOf(address));

/** An IPv4 address as IPv6 sockets show it, too. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

const networkOf = (address: string): string => {
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const before = head.split(":").filter((group) => group !== "");
  const after = tail?.split(":").filter((group) => group !== "") ?? [];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
};
