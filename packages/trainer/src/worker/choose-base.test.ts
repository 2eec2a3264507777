import { expect, test } from "vitest";
import { chooseBase, type Holding } from "./choose-base.ts";

const rules = { waitSeconds: 10, staySeconds: 60 };
const holding: Holding = { held: "one", heldSeconds: 100, isIdle: false, usable: ["one", "two", "three"] };
const awaits = (engineKey: string, seconds: number) => ({ engineKey, seconds, runs: 1, calls: false });
const nobody = new Set<string>();

const choose = (
  changes: Partial<Holding>,
  awaited: ReturnType<typeof awaits>[],
  others: { heldElsewhere?: Set<string>; coming?: Set<string> } = {},
) =>
  chooseBase(
    { ...holding, ...changes },
    { awaited, heldElsewhere: nobody, coming: nobody, ...others },
    rules,
  );

test("an idle worker changes at once, for whoever has waited longest", () => {
  const awaited = [awaits("two", 0.2), awaits("three", 0.4)];
  expect(choose({ isIdle: true, heldSeconds: 0 }, awaited)).toBe("three");
  expect(choose({}, awaited)).toBeUndefined();
});

test("a worker for whose base somebody waits is not idle", () => {
  expect(choose({ isIdle: true }, [awaits("one", 1), awaits("two", 2)])).toBeUndefined();
});

test("a busy worker changes for a wait that is too long, once it has stayed long enough", () => {
  expect(choose({}, [awaits("two", 10.1)])).toBe("two");
  expect(choose({}, [awaits("two", 9.9)])).toBeUndefined();
  expect(choose({ heldSeconds: 59 }, [awaits("two", 50)])).toBeUndefined();
});

test("a base that it can't hold moves nobody", () => {
  expect(choose({ isIdle: true, usable: ["one", "three"] }, [awaits("two", 99)])).toBeUndefined();
});

test("while another worker holds a base, only an idle one helps with it, after a long wait", () => {
  const elsewhere = { heldElsewhere: new Set(["two"]) };
  expect(choose({}, [awaits("two", 99)], elsewhere)).toBeUndefined();
  expect(choose({ isIdle: true }, [awaits("two", 1)], elsewhere)).toBeUndefined();
  expect(choose({ isIdle: true }, [awaits("two", 11)], elsewhere)).toBe("two");
});

test("a base that another worker is changing to moves nobody, idle or not and however long the wait", () => {
  const others = { coming: new Set(["two"]) };
  expect(choose({}, [awaits("two", 99)], others)).toBeUndefined();
  expect(choose({ isIdle: true }, [awaits("two", 99)], others)).toBeUndefined();
  expect(choose({ isIdle: true }, [awaits("two", 99), awaits("three", 1)], others)).toBe("three");
});
