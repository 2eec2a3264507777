/** Tokens of a team's own sign-in, through the real host. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusalOf } from "./testing/api-client.ts";
import { rawRequest } from "./testing/raw-request.ts";
import { type SignIn, startSignIn } from "./testing/sign-in.ts";
import { type RunningHost, startConnectedHost, startTestHost } from "./testing/start-test-host.ts";

let signIn: SignIn;
let running: RunningHost;
beforeAll(async () => {
  signIn = await startSignIn();
  running = await startConnectedHost({ jwt: signIn.config });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await signIn[Symbol.asyncDispose]();
});

test("a token works for its user, and never for another one or for the service", async () => {
  const ada = running.host.client(await signIn.token("ada"));
  expect(await ada.adapter.create.mutate({ avatarId: "mia" })).toMatchObject({ userId: "ada" });
  expect(await refusalOf(ada.adapter.get.query({ userId: "bob", avatarId: "mia" }))).toMatchObject({
    code: "user_mismatch",
  });
  const admin = running.host.client(await signIn.token("ada", { scope: "read write train admin" }));
  expect(await refusalOf(admin.keys.list.query({}))).toMatchObject({ code: "missing_scope" });
  const reader = running.host.client(await signIn.token("ada", { scope: "read" }));
  expect(await refusalOf(reader.adapter.delete.mutate({ avatarId: "mia" }))).toMatchObject({
    code: "missing_scope",
  });
  const { rows } = await running.store.pool.query("select key_id, caller_user_id, user_id from audit_log");
  expect(rows).toEqual([{ key_id: null, caller_user_id: "ada", user_id: "ada" }]);
});

test("what is shared with its user is open to a token", async () => {
  await running.api.shares.set.mutate({ userId: "eve", avatarId: "tom", with: "ada", role: "read-only" });
  const ada = running.host.client(await signIn.token("ada"));
  const tom = { userId: "eve", avatarId: "tom" };
  expect(await ada.trainingData.list.query(tom)).toMatchObject({ files: [] });
  expect(await refusalOf(ada.adapter.create.mutate(tom))).toMatchObject({ code: "role_required" });
});

test("a refused token is answered with 401, and enters no log and no answer", async () => {
  const tokens = await Promise.all([
    signIn.token("canary-user", { exp: 1 }),
    signIn.token("canary-user", { iss: "canary-issuer" }),
    signIn.token("canary-user", {}, { key: signIn.other }),
    signIn.token("canary user"),
    signIn.token("canary-user", { padding: "x".repeat(9_000) }),
  ]);
  for (const token of tokens) {
    const answer = await rawRequest({ host: running.host, serviceKey: token }, "health");
    expect(answer.status).toBe(401);
    const told = `${await answer.text()}\n${running.host.logged()}`;
    for (const part of [token, ...token.split("."), "canary"]) expect(told).not.toContain(part);
  }
});

test("a server without a sign-in says that it takes no tokens", async () => {
  await using host = await startTestHost(running.parts);
  await host.connected;
  const refusal = refusalOf(host.client(await signIn.token("ada")).health.query());
  expect(await refusal).toMatchObject({ code: "token_not_accepted" });
});
