/** Calls as pages of a console make them, at moments that nothing delays, and how long each took. */
import { setTimeout as sleep } from "node:timers/promises";
import { workApart } from "../../measure/apart.ts";
import { type Random, randomNumbers } from "../../measure/random.ts";
import type { Windows } from "../sizes.ts";
import { consoleCalls, type Visitor } from "./console-calls.ts";
import { openApi } from "./open-api.ts";

export type ConsoleLoad = Windows & { url: string; visitors: Visitor[]; requestsPerSecond: number };

/** Calls before, until a host that has just started has compiled what they pass. */
const warmUpSeconds = 2;

/** Answers with the milliseconds of the calls of each window. */
const visitAll = async ({ url, visitors, requestsPerSecond, ...load }: ConsoleLoad): Promise<number[][]> => {
  const random = randomNumbers(1);
  const next = consoleCalls({ api: openApi(url), visitors, random });
  const during = (seconds: number) => openLoop({ next, random, requestsPerSecond, seconds });
  await during(warmUpSeconds);
  const windows: number[][] = [];
  for (let window = 0; window < load.windows; window += 1) windows.push(await during(load.seconds));
  return windows;
};

type Loop = { next: () => Promise<unknown>; random: Random; requestsPerSecond: number; seconds: number };

/**
 * Calls come as those of many people do, independent of each other (Poisson). Each call's time counts from the moment
 * that it was due: one that had to wait for others is as late as its caller finds it.
 */
const openLoop = async ({ next, random, requestsPerSecond, seconds }: Loop): Promise<number[]> => {
  const calls: Promise<number>[] = [];
  const begun = performance.now();
  for (let due = begun; ; ) {
    due += (-Math.log(1 - random()) / requestsPerSecond) * 1000;
    if (due > begun + seconds * 1000) return Promise.all(calls);
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    calls.push(answeredAfter(next, due));
  }
};

const answeredAfter = async (call: () => Promise<unknown>, due: number): Promise<number> => {
  await call();
  return performance.now() - due;
};

await workApart(visitAll);
