import { expect, test } from "vitest";
import { judge } from "../results/result.ts";
import { compareArms, compareLosses, describeArms } from "./compare-arms.ts";
import { targets } from "./targets.ts";

const taken = (...seconds: number[]) => seconds.map((each) => ({ seconds: each, loss: 2 }));
const turns = {
  "TRL, fresh process": taken(20, 30, 40),
  "TRL, warm": taken(10, 10, 10),
  "TRL, warm and tuned": taken(8, 8, 8),
  "ours, one run": taken(10, 5, 4),
  "ours, runs at once": taken(4, 5, 4),
  "TRL, fresh process, own dtype": taken(18, 18, 18),
  "ours, runs at once, own dtype": taken(3, 3, 3),
};

test("arms are compared round by round, and the median of the ratios counts", () => {
  const compared = compareArms(turns, targets.cpu);
  expect(compared.map((one) => ("value" in one ? one.value : one.reason))).toEqual([6, 2.5, 2, 6, 1.6]);
  expect(compared[0]).toMatchObject({ spread: [5, 10], target: { atLeast: 4 } });
});

test("without TRL each of its comparisons says why there is none", () => {
  const compared = [
    ...compareArms({ "ours, one run": taken(1) }, targets.cpu, "no network"),
    ...compareLosses({}, targets.cpu, "no network"),
  ];
  expect(compared).toHaveLength(6);
  for (const one of compared) expect(one).toMatchObject({ reason: "no network" });
});

test("losses are compared between arms of the same dtype only", () => {
  const apart = {
    ...turns,
    "ours, one run": [{ seconds: 1, loss: 2.1 }],
    "ours, runs at once, own dtype": [{ seconds: 1, loss: 9 }],
  };
  const [losses] = compareLosses(apart, targets.cpu);
  expect(losses).toMatchObject({ value: expect.closeTo(0.1 / 2.1) });
  expect(losses && "value" in losses && judge(losses, { calibrations: [], isJudged: true }).ok).toBe(false);
});

test("each arm's rate is told", () => {
  expect(describeArms({ "TRL, warm": taken(10, 20, 15) })[0]).toEqual({
    name: "TRL, warm: adapters an hour",
    value: 240,
    unit: "1/h",
    spread: [180, 360],
  });
});
