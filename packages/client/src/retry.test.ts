import { expect, test } from "vitest";
import { clientError } from "./errors.ts";
import { backoffMs, delay, retrying } from "./retry.ts";

const failing = (failures: number, error: Error) => {
  let calls = 0;
  return async () => {
    if (++calls <= failures) throw error;
    return calls;
  };
};

test("tries a retryable failure again until it succeeds", async () => {
  expect(await retrying(failing(2, clientError("network", "No answer.")))).toBe(3);
});

test("gives up after four attempts", async () => {
  const error = clientError("network", "No answer.");
  await expect(retrying(failing(4, error))).rejects.toBe(error);
});

test.each([clientError("upload_refused", "Refused with 403."), new TypeError("a bug")])(
  "does not repeat what cannot succeed: %s",
  async (error) => {
    await expect(retrying(failing(1, error))).rejects.toBe(error);
  },
);

test("delays grow from a quarter of a second to ten seconds", () => {
  for (const [failures, longest] of [
    [1, 250],
    [3, 1000],
    [30, 10_000],
  ] as const) {
    expect(backoffMs(failures)).toBeGreaterThanOrEqual(longest / 2);
    expect(backoffMs(failures)).toBeLessThanOrEqual(longest);
  }
});

test("an aborted wait ends at once with the signal's reason", async () => {
  const controller = new AbortController();
  const waiting = delay(60_000, controller.signal);
  controller.abort("enough");
  await expect(waiting).rejects.toBe("enough");
  await expect(delay(60_000, controller.signal)).rejects.toBe("enough");
});
