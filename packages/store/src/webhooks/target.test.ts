import { afterAll, beforeAll, expect, test } from "vitest";
import { type Dns, startDns } from "../testing/start-dns.ts";
import { parseNetwork } from "./networks.ts";
import { resolveTarget } from "./target.ts";

let dns: Dns;
beforeAll(async () => {
  dns = await startDns();
});
afterAll(() => dns[Symbol.asyncDispose]());

const nowhereElse = () => ({ networks: [], dnsServers: [dns.server] });
const refusal = { code: "webhook_refused" };

test.each([
  ["a private address", "https://10.1.2.3/"],
  ["another one", "https://172.31.0.1/"],
  ["loopback", "https://127.0.0.1/"],
  ["all of loopback", "https://127.9.9.9/"],
  ["this host", "https://0.0.0.0/"],
  ["decimal", "https://2130706433/"],
  ["hexadecimal", "https://0x7f000001/"],
  ["octal", "https://0177.0.0.1/"],
  ["a short form", "https://127.1/"],
  ["full-width digits", "https://１２７.0.0.1/"],
  ["metadata", "https://169.254.169.254/latest/meta-data/"],
  ["a cloud's inner server", "https://168.63.129.16/"],
  ["a carrier's network", "https://100.64.0.1/"],
  ["a test network", "https://198.18.0.1/"],
  ["documentation", "https://192.0.2.1/"],
  ["multicast", "https://224.0.0.1/"],
  ["reserved", "https://240.0.0.1/"],
  ["broadcast", "https://255.255.255.255/"],
  ["IPv6 loopback", "https://[::1]/"],
  ["IPv6 this host", "https://[::]/"],
  ["IPv4 within IPv6", "https://[::ffff:127.0.0.1]/"],
  ["IPv4 within IPv6 in hexadecimal", "https://[::ffff:a01:203]/"],
  ["the deprecated form of it", "https://[::7f00:1]/"],
  ["a translated address", "https://[64:ff9b::7f00:1]/"],
  ["6to4", "https://[2002:7f00:1::]/"],
  ["Teredo", "https://[2001::1]/"],
  ["IPv6 link-local", "https://[fe80::1]/"],
  ["IPv6 private", "https://[fd00:ec2::254]/"],
  ["IPv6 site-local", "https://[fec0::1]/"],
  ["IPv6 multicast", "https://[ff02::1]/"],
  ["IPv6 documentation", "https://[2001:db8::1]/"],
  ["localhost", "https://localhost/"],
  ["localhost with a dot", "https://localhost./"],
  ["a name below localhost", "https://api.localhost/"],
  ["plain http", "http://93.184.216.34/"],
  ["a user and password", "https://user:secret@93.184.216.34/"],
  ["a mail server's port", "https://93.184.216.34:25/"],
  ["a file", "file:///etc/passwd"],
  ["another protocol", "gopher://93.184.216.34/"],
  ["no URL", "93.184.216.34"],
  ["an endless URL", `https://93.184.216.34/${"x".repeat(2_000)}`],
])("%s is refused", async (_name, url) => {
  await expect(resolveTarget(url, nowhereElse())).rejects.toMatchObject(refusal);
});

test.each([
  ["https://93.184.216.34/hook", "93.184.216.34"],
  ["https://93.184.216.34:8443/", "93.184.216.34"],
  ["https://[2606:2800:220:1::1]/", "2606:2800:220:1::1"],
])("%s is public", async (url, address) => {
  expect(await resolveTarget(url, nowhereElse())).toMatchObject({ address });
});

test("a name goes where DNS says, unless that is private", async () => {
  dns.answerWith("93.184.216.34");
  const target = await resolveTarget("https://hooks.example.com/", nowhereElse());
  expect(target.address).toBe("93.184.216.34");
  dns.answerWith("10.0.0.1");
  await expect(resolveTarget("https://hooks.example.com/", nowhereElse())).rejects.toMatchObject(refusal);
});

test("a name that is private and one that is not there are refused in the same words", async () => {
  const refusalFor = async (address: string | undefined): Promise<string> => {
    dns.answerWith(address);
    return resolveTarget("https://inner.example.com/", nowhereElse()).then(
      () => "taken",
      (error: Error) => error.message,
    );
  };
  expect(await refusalFor("10.0.0.1")).toBe(await refusalFor(undefined));
});

test("what the operator allows may be reached, by http too, and nothing beside it", async () => {
  const policy = { ...nowhereElse(), networks: [parseNetwork("127.0.0.0/8"), parseNetwork("fd00::/8")] };
  expect(await resolveTarget("http://localhost:4000/", policy)).toMatchObject({ address: "127.0.0.1" });
  expect(await resolveTarget("http://[::ffff:127.0.0.1]/", policy)).toMatchObject({
    address: "::ffff:7f00:1",
  });
  expect(await resolveTarget("https://[fd00::1]/", policy)).toMatchObject({ address: "fd00::1" });
  await expect(resolveTarget("http://10.0.0.1/", policy)).rejects.toMatchObject(refusal);
  await expect(resolveTarget("http://93.184.216.34/", policy)).rejects.toMatchObject(refusal);
});

test("a network that is none is refused by the variable's name", () => {
  expect(() => parseNetwork("10.0.0.0")).toThrow("LORALOOM_WEBHOOK_NETWORKS: '10.0.0.0'");
});
