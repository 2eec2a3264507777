import { expect, test } from "vitest";
import { createGather } from "./gather.ts";

/** Works on what it is given when it is let to. */
const openGather = () => {
  const rounds: { calls: number[]; end: (error?: Error) => void }[] = [];
  const gather = createGather<number, number>(async (calls) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    rounds.push({ calls, end: (error) => (error ? reject(error) : resolve()) });
    await promise;
    return calls.map((call) => () => {
      if (call < 0) throw new Error(`${call} is negative`);
      return call * 2;
    });
  });
  return { gather, rounds };
};

test("calls of one turn are done together, and so are those that come while they are at work, each with its own answer", async () => {
  const { gather, rounds } = openGather();
  const first = [0, 1].map((call) => gather("a", call));
  await expect.poll(() => rounds.length).toBe(1);
  const answers = Promise.allSettled([...first, ...[2, -3, 4].map((call) => gather("a", call))]);
  rounds[0]?.end();
  await expect.poll(() => rounds.length).toBe(2);
  expect(rounds.map(({ calls }) => calls)).toEqual([
    [0, 1],
    [2, -3, 4],
  ]);
  rounds[1]?.end();
  expect((await answers).map((answer) => (answer.status === "fulfilled" ? answer.value : "failed"))).toEqual([
    0,
    2,
    4,
    "failed",
    8,
  ]);
});

test("keys don't wait for each other, and a failure of the work is over with its calls", async () => {
  const { gather, rounds } = openGather();
  const [one, other] = [gather("a", 1), gather("b", 2)];
  await expect.poll(() => rounds.map(({ calls }) => calls)).toEqual([[1], [2]]);
  rounds[0]?.end(new Error("lost"));
  await expect(one).rejects.toThrow("lost");
  rounds[1]?.end();
  expect(await other).toBe(4);
  const again = gather("a", 5);
  await expect.poll(() => rounds.length).toBe(3);
  rounds[2]?.end();
  expect(await again).toBe(10);
});
