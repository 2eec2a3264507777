import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createLog } from "../log.ts";
import { type SignIn, startSignIn } from "../testing/sign-in.ts";
import { createIssuerKeys } from "./issuer-keys.ts";
import { loadKeys } from "./load-keys.ts";

let signIn: SignIn;
beforeAll(async () => {
  signIn = await startSignIn();
});
afterAll(() => signIn[Symbol.asyncDispose]());
afterEach(() => {
  vi.useRealTimers();
});

/** Keys whose clock the test moves on. */
const keysOver = (time: { now: number }) => {
  const before = signIn.asked();
  const options = { load: () => loadKeys(signIn.config.keys), log: createLog("error"), now: () => time.now };
  const find = createIssuerKeys(options);
  return {
    find: async (kid: string) => find({ alg: "RS256", kid }, { payload: "", signature: "" }),
    asked: () => signIn.asked() - before,
  };
};
const unknownKey = { code: "ERR_JWKS_NO_MATCHING_KEY" };

test("keys are asked for once, by a thousand tokens at once too", async () => {
  const { find, asked } = keysOver({ now: 0 });
  await Promise.all(Array.from({ length: 1_000 }, () => find("one")));
  expect(asked()).toBe(1);
});

test("an unknown key has them asked for anew, but not by everybody who makes one up", async () => {
  const time = { now: 0 };
  const { find, asked } = keysOver(time);
  await find("one");
  time.now = 11_000;
  const madeUp = Array.from({ length: 100 }, (_, at) => find(`made up ${at}`));
  for (const { status } of await Promise.allSettled(madeUp)) expect(status).toBe("rejected");
  expect(asked()).toBe(2);
  // The issuer takes another key into use.
  signIn.answer([signIn.publicJwk, signIn.other.publicJwk]);
  await expect(find("two")).rejects.toMatchObject(unknownKey);
  time.now = 22_000;
  expect(await find("two")).toBeDefined();
  expect(asked()).toBe(3);
  signIn.answer([signIn.publicJwk]);
});

test("a key that the issuer has withdrawn is good for ten minutes at most", async () => {
  const time = { now: 0 };
  const { find, asked } = keysOver(time);
  await find("one");
  signIn.answer([signIn.other.publicJwk]);
  time.now = 600_001;
  await find("one");
  await expect.poll(asked).toBe(2);
  await expect.poll(() => find("one").catch(() => "gone")).toBe("gone");
  signIn.answer([signIn.publicJwk]);
});

test("a clock that is set back leaves a key that was withdrawn no longer good", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  const find = createIssuerKeys({ load: () => loadKeys(signIn.config.keys), log: createLog("error") });
  const findOne = async () => find({ alg: "RS256", kid: "one" }, { payload: "", signature: "" });
  await findOne();
  signIn.answer([signIn.other.publicJwk]);
  vi.setSystemTime(new Date("1999-01-01"));
  vi.advanceTimersByTime(600_001);
  await findOne();
  await expect.poll(() => findOne().catch(() => "gone")).toBe("gone");
  signIn.answer([signIn.publicJwk]);
});

test.each<[string, Parameters<SignIn["answer"]>[0]]>([
  ["fails", 503],
  ["answers without a key", []],
])("an issuer that %s leaves the keys that it gave last", async (_what, answer) => {
  const time = { now: 0 };
  const { find, asked } = keysOver(time);
  await find("one");
  signIn.answer(answer);
  for (const day of [1, 2]) {
    time.now = day * 86_400_000;
    expect(await find("one")).toBeDefined();
    await expect.poll(asked).toBe(1 + day);
  }
  signIn.answer([signIn.publicJwk]);
});

test("without any key yet a caller is told to come back, and the issuer is asked again after a pause", async () => {
  const time = { now: 0 };
  const { find, asked } = keysOver(time);
  signIn.answer(500);
  for (const _ of [1, 2, 3]) {
    await expect(find("one")).rejects.toMatchObject({ code: "token_keys_unavailable", retryable: true });
  }
  expect(asked()).toBe(1);
  signIn.answer([signIn.publicJwk]);
  time.now = 10_000;
  expect(await find("one")).toBeDefined();
});
