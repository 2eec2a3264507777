import { LoraloomError } from "@loraloom/errors";
import ipaddr from "ipaddr.js";

export type Network = ReturnType<typeof ipaddr.parseCIDR>;

/**
 * Networks such as `10.0.0.0/8` or `fd00::/8`.
 *
 * @throws LoraloomError `bad_configuration`
 */
export const parseNetwork = (text: string): Network => {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  throw new LoraloomError(
    "bad_configuration",
    `LORALOOM_WEBHOOK_NETWORKS: '${text.slice(0, 100)}' is no network such as 10.0.0.0/8 or 127.0.0.1/32.`,
    { details: { variables: ["LORALOOM_WEBHOOK_NETWORKS"] } },
  );
};

/** An IPv4 address that is written as an IPv6 one counts as what it is. */
export const isWithin = (address: string, networks: Network[]): boolean => {
  const parsed = ipaddr.process(address);
  return networks.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
};

/** All that the world's routers carry in IPv6; what is beyond is special or unassigned. */
const globalUnicast = ipaddr.parseCIDR("2000::/3");
/** Answers inside a cloud's machines although its range is a public one. */
const cloudInternal = [ipaddr.parseCIDR("168.63.129.16/32")];

/** Whether an address is one of the public internet: neither private, local, reserved, multicast nor a tunnel. */
export const isPublic = (address: string): boolean => {
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  return parsed.kind() === "ipv6" ? isWithin(address, [globalUnicast]) : !isWithin(address, cloudInternal);
};
