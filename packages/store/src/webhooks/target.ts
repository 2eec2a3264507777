import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { LoraloomError } from "@loraloom/errors";
import { isPublic, isWithin, type Network } from "./networks.ts";

/** Where webhooks may go. */
export type WebhookPolicy = {
  /** Private networks that they may go to as well, and by http too. */
  networks: Network[];
  /** `host:port` of the servers that names are looked up at; left out: the machine's. */
  dnsServers?: string[];
  /** For all of a try but its look-up; left out: 10 s. */
  deadlineMilliseconds?: number;
};

/** A URL and the one address to connect to: what was checked is what is called. */
export type Target = { url: URL; address: string };

const longestUrl = 2_000;
/** Below these there are mail and other servers that a request could be made to talk to. */
const firstFreePort = 1_024;
const webPorts = ["", "80", "443"];
const lookUpMilliseconds = 2_000;

const refused = (fault: string, cause?: unknown): LoraloomError =>
  new LoraloomError("webhook_refused", `No webhook can be sent there: ${fault}.`, { cause });

/** @throws LoraloomError `webhook_refused` for what can be told by the URL alone */
export const checkUrl = (text: string): URL => {
  const url = URL.canParse(text) && text.length <= longestUrl ? new URL(text) : undefined;
  if (!url) throw refused(`the URL is none, or longer than ${longestUrl} characters`);
  if (!/^https?:$/.test(url.protocol)) throw refused("the URL does not begin with https://");
  if (url.username !== "" || url.password !== "") throw refused("the URL has a user name or a password");
  if (!webPorts.includes(url.port) && Number(url.port) < firstFreePort)
    throw refused(
      `the port ${url.port} is one of other services; take 443, 80, or one from ${firstFreePort}`,
    );
  return url;
};

/**
 * Looks up where a webhook goes. Every address of the name must be allowed; which one is not, or that there is
 * none, is told to nobody, as it would tell about the network here.
 *
 * @throws LoraloomError `webhook_refused`
 */
export const resolveTarget = async (text: string, policy: WebhookPolicy): Promise<Target> => {
  const url = checkUrl(text);
  const addresses = await addressesOf(url.hostname, policy);
  const [address] = addresses;
  const isPrivate = (each: string) => isWithin(each, policy.networks);
  if (!address || !addresses.every((each) => isPrivate(each) || isPublic(each)))
    throw refused(`'${url.hostname}' has no address that webhooks may be sent to`);
  if (url.protocol === "http:" && !addresses.every(isPrivate))
    throw refused("the URL does not begin with https://");
  return { url, address };
};

/** The URL's parser has made every way to write an IPv4 address, decimal, octal or hexadecimal, the usual one. */
const addressesOf = async (hostname: string, policy: WebhookPolicy): Promise<string[]> => {
  const literal = hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal)) return [literal];
  if (/(^|\.)localhost\.?$/i.test(hostname)) return ["127.0.0.1"];
  return lookUp(hostname, policy);
};

/** Asks DNS without the threads that files are read with: names that nobody answers for would take all of them. */
const lookUp = async (hostname: string, { dnsServers }: WebhookPolicy): Promise<string[]> => {
  const resolver = new Resolver({ timeout: lookUpMilliseconds, tries: 2 });
  if (dnsServers) resolver.setServers(dnsServers);
  const found = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  return found.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
};
