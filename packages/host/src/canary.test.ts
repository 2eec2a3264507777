import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { refusalOf } from "./testing/api-client.ts";
import { done, startFixtureGateway } from "./testing/fixture-gateway.ts";
import { startSignIn } from "./testing/sign-in.ts";
import { startConnectedHost } from "./testing/start-test-host.ts";
import { trainingRow, uploadFile } from "./testing/upload-file.ts";

const canary = "canary-4711-prompt";
const hook = "canary-4711-hook";
const scope = { userId: "ada", avatarId: "mia" };
const messages = [{ role: "user" as const, content: canary }];

/** Every URL that a client asks for while work is done. */
const urlsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
  const urls: string[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    urls.push(input instanceof Request ? input.url : String(input));
    return real(input, init);
  };
  try {
    await work();
  } finally {
    globalThis.fetch = real;
  }
  return urls;
};

test("no key, no token, no secret and nothing that was said enters a log or a URL, in good times or bad", async () => {
  await using signIn = await startSignIn();
  await using running = await startConnectedHost({ jwt: signIn.config });
  const { api, host, store, serviceKey } = running;
  await using _worker = await startFixtureGateway(store, {
    id: "one",
    token: host.config.gatewayToken,
    behaviour: (write, response) => {
      write({ type: "token", text: canary });
      write(done);
      response.end();
    },
  });
  const made = await api.keys.create.mutate({ kind: "user", userId: "ada", name: "ada's" });
  const token = await signIn.token("ada");
  const expired = await signIn.token("ada", { exp: 1 });
  const webhook = await api.webhooks.create.mutate({ userId: "ada", url: `https://1.1.1.1/${hook}` });
  const urls = await urlsOf(async () => {
    const user = host.client(made.key);
    const signedIn = host.client(token);
    await signedIn.adapter.create.mutate({ avatarId: "mia" });
    await refusalOf(signedIn.keys.list.query({}));
    await refusalOf(host.client(expired).adapter.get.query({ avatarId: "mia" }));
    await refusalOf(host.client(`${token}x`).adapter.get.query({ avatarId: "mia" }));
    await refusalOf(user.webhooks.update.mutate({ webhookId: webhook.id, url: `ftp://1.1.1.1/${hook}` }));
    await Array.fromAsync(await user.chat.mutate({ avatarId: "mia", version: "base", messages }));
    await refusalOf(user.chat.mutate({ avatarId: "mia", messages, stop: [canary, ""] }));
    await refusalOf(user.chat.mutate({ avatarId: "..", version: "base", messages }));
    await refusalOf(host.client(`${made.key}x`).adapter.get.query({ avatarId: "mia" }));
    const body = trainingRow.replace("Who are you?", canary);
    await uploadFile(user, {
      avatarId: "mia",
      name: "chats.jsonl",
      body: `${body}{"messages":["${canary}"\n`,
    });
    await refusalOf(host.client(serviceKey).train.get.query({ ...scope, runId: "nothing" }));
    await api.keys.revoke.mutate({ id: made.id });
    await refusalOf(user.adapter.get.query({ avatarId: "mia" }));
  });
  // The host's own call to the worker is among them.
  expect(urls.length).toBeGreaterThan(8);
  const everything = [host.logged(), ...urls].join("\n");
  const tokens = [token, expired].flatMap((each) => [each, each.split(".").at(-1) ?? ""]);
  const secrets = [made.key, serviceKey, host.config.gatewayToken, webhook.secret, hook, ...tokens];
  for (const secret of [canary, ...secrets]) expect(everything).not.toContain(secret);
  expect(host.logged()).toContain('"code":"bad_input"');
});

test("a database's error is logged with what failed and without a value of the query", async () => {
  await using running = await startConnectedHost();
  const { host, serviceKey, store } = running;
  await store.pool.query("alter table api_keys rename column last_used_at to used_at");
  expect(await refusalOf(host.client(serviceKey).keys.list.query({}))).toMatchObject({ code: "internal" });
  const hash = createHash("sha256").update(serviceKey).digest("hex");
  for (const secret of [hash, serviceKey]) expect(host.logged()).not.toContain(secret);
  // SQLSTATE: there is no such column.
  for (const told of ["42703", '"severity":"ERROR"', '\\"api_keys\\".\\"hash\\" = any($1)'])
    expect(host.logged()).toContain(told);
});
