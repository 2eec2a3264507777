import { expect, test } from "vitest";
import { stepWords } from "./figure-words.ts";

const step = {
  ...{ step: 1, steps: 4, epoch: 0.25, loss: 0.65, learningRate: 1e-4, gradientNorm: 1.5 },
  ...{ tokens: 80, tokensPerSecond: 40, etaSeconds: 6, preferences: null, rewards: null },
};

test("a step tells what its method goes by", () => {
  expect(stepWords(step)).toBe("loss 0.650");
  const pairs = { chosen: 0.5, rejected: -0.25, margin: 0.75, accuracy: 0.875, kl: null };
  expect(stepWords({ ...step, preferences: pairs })).toBe("loss 0.650, 87.5 % of pairs right, margin 0.750");
  const goodAlone = { chosen: 0.5, rejected: null, margin: null, accuracy: null, kl: 0.1 };
  expect(stepWords({ ...step, preferences: goodAlone })).toBe("loss 0.650");
  const rewards = {
    ...{ mean: 0.5, std: 0.25, each: [0.5], completionTokens: 12.5, shortest: 3, longest: 16 },
    ...{ cutOff: 0.125, alike: 0, kl: null },
  };
  expect(stepWords({ ...step, rewards })).toBe("reward 0.500 ± 0.250, 13 tokens each, 12.5 % cut off");
  expect(stepWords({ ...step, rewards: { ...rewards, cutOff: 0 } })).toBe(
    "reward 0.500 ± 0.250, 13 tokens each",
  );
});
