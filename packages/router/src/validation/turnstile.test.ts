import { expect, test } from "vitest";
import { Turnstile } from "./turnstile.ts";

const never = new AbortController().signal;

test("so many are inside at once, and the first who waits is the next", async () => {
  const turnstile = new Turnstile(2);
  const entered: string[] = [];
  const enter = async (name: string) => {
    const place = await turnstile.enter(never);
    entered.push(name);
    return place;
  };
  const first = await enter("first");
  using _second = await enter("second");
  const [third, fourth] = [enter("third"), enter("fourth")];
  expect(entered).toEqual(["first", "second"]);
  first[Symbol.dispose]();
  const inside = await third;
  expect(entered).toEqual(["first", "second", "third"]);
  inside[Symbol.dispose]();
  await fourth;
  expect(entered.at(-1)).toBe("fourth");
});

test("whoever gives up leaves the queue, and his place is not lost", async () => {
  const turnstile = new Turnstile(1);
  const inside = await turnstile.enter(never);
  const caller = new AbortController();
  const waiting = turnstile.enter(caller.signal);
  const next = turnstile.enter(never);
  caller.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  inside[Symbol.dispose]();
  using _place = await next;
  await expect(turnstile.enter(caller.signal)).rejects.toThrow("gone");
});
