/**
 * Any input to any procedure is answered, or refused with a code that says what is wrong.
 *
 * 10,000 inputs, or as many as `npm run fuzz` is told. A failure tells how to try the same again.
 */
import { type ErrorCode, isLoraloomError } from "@loraloom/errors";
import { TRPCError } from "@trpc/server";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { codedError } from "./errors/coded-error.ts";
import { assertCases, chosenCases } from "./testing/fuzz/chosen-cases.ts";
import { inputArbitrary } from "./testing/fuzz/input-arbitrary.ts";
import { type WalkedInput, walkInputs } from "./testing/fuzz/walk-inputs.ts";
import { openWorld, type World } from "./testing/fuzz/world.ts";
import { openTestApi, type TestApi } from "./testing/open-test-api.ts";
import { transformer } from "./transformer.ts";

const chosen = chosenCases(10_000);
const procedures = walkInputs();
const numRuns = Math.ceil(chosen.cases / procedures.length);

let api: TestApi;
let world: World;
beforeAll(async () => {
  api = await openTestApi();
  world = await openWorld(api);
});
afterAll(() => api[Symbol.asyncDispose]());

/** How far a call got. */
type End = { code: ErrorCode | "answered"; reachedHandler: boolean };
const ends: End[] = [];

/** What calls are refused with before a handler sees them; some handlers refuse with them too. */
const refusedBefore = new Set<ErrorCode>([
  "missing_key",
  "invalid_key",
  "missing_scope",
  "user_required",
  "user_mismatch",
  "bad_user_id",
  "bad_avatar_id",
]);

/** Everything works but for workers, of which none can be reached: any other fault of ours comes of a bad input. */
const withoutWorkers = new Set<ErrorCode>(["model_not_loaded"]);

/** Nobody waits for events that never come. */
const streamMilliseconds = 50;

const endOf = async (procedure: WalkedInput, key: string | undefined, input: unknown): Promise<End> => {
  const signal = procedure.type === "subscription" ? AbortSignal.timeout(streamMilliseconds) : undefined;
  try {
    const answer = await api.call(key, { ...procedure, input, ...(signal && { signal }) });
    await send(answer);
    return { code: "answered", reachedHandler: true };
  } catch (error) {
    return refusalOf(error);
  }
};

/** What becomes of an answer: it is written, or of a stream its first item is asked for. */
const send = async (answer: unknown): Promise<void> => {
  if (!isStream(answer)) transformer.output.serialize(answer);
  else for await (const _ of answer) break;
};

const refusalOf = (error: unknown): End => {
  const coded = error instanceof TRPCError ? codedError(error) : error;
  if (!isLoraloomError(coded)) throw new Error("An error has no code.", { cause: error });
  if (coded.fault !== "user" && !withoutWorkers.has(coded.code))
    throw new Error(`It was answered with '${coded.code}'.`, { cause: coded });
  const { code } = coded;
  return { code, reachedHandler: !refusedBefore.has(code) && !(coded.cause instanceof z.core.$ZodError) };
};

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;

test.each(procedures)("$path answers any input, or says what is wrong with it", async (procedure) => {
  if (!(await world.isWhole())) world = await openWorld(api);
  const input = procedure.asked ? inputArbitrary(procedure.asked, world.known) : fc.constant(undefined);
  const property = fc.asyncProperty(world.callers, input, async (key, value) => {
    ends.push(await endOf(procedure, key, value));
  });
  await assertCases(property, chosen, { name: procedure.path, numRuns });
});

test("of all inputs at least three in ten get to a handler", () => {
  const reached = ends.filter(({ reachedHandler }) => reachedHandler).length;
  expect(ends.length).toBeGreaterThanOrEqual(chosen.cases);
  expect(reached / ends.length).toBeGreaterThanOrEqual(0.3);
});
