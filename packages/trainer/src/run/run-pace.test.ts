import { expect, test } from "vitest";
import { createRunPace } from "./run-pace.ts";

const training = { seconds: 10, steps: 100 };

test("before the first run there is a guess, after it there is what runs took", () => {
  const pace = createRunPace();
  expect(pace.runSeconds(training)).toBe(10.5);
  pace.addAround(3);
  expect(pace.runSeconds(training)).toBe(13);
});

test("one slow run changes little, and the newest count", () => {
  const pace = createRunPace();
  for (const seconds of [0.5, 30, 0.5]) pace.addAround(seconds);
  expect(pace.runSeconds(training)).toBe(10.5);
  for (let run = 0; run < 9; run += 1) pace.addAround(2);
  expect(pace.runSeconds(training)).toBe(12);
});

test("steps that take longer to record than to train decide", () => {
  const pace = createRunPace();
  pace.addRecording(0.05);
  expect(pace.runSeconds(training)).toBe(10.5);
  expect(pace.runSeconds({ seconds: 10, steps: 400 })).toBe(20.5);
});
