import { LoraloomError } from "@loraloom/errors";
import { engineKeyOf } from "@loraloom/store/env";
import { expect, test } from "vitest";
import { createBaseChoice } from "./base-choice.ts";
import type { BaseModel } from "./load-engine.ts";

const baseOf = (modelId: string): BaseModel => ({
  modelId,
  revision: "main",
  dtype: "float32",
  quantization: "none",
  path: "/nowhere",
});
const [first, second, third] = [baseOf("first"), baseOf("second"), baseOf("third")];
const refused = new LoraloomError("unsupported_base_model", "Its layers tie texts together.");
const killed = new LoraloomError("engine_crashed", "The engine ended by signal SIGKILL.");

test("a base that is refused gives way to the one held before, and is told of", () => {
  const choice = createBaseChoice([first, second, third]);
  choice.want(second);
  choice.loaded(second);
  choice.want(third);
  expect(choice.failed(refused)).toBe("another");
  expect(choice.wanted()).toBe(second);
  expect([...choice.refusals]).toEqual([[engineKeyOf(third), refused]]);
});

test("the first base that is refused at the start gives way to the next", () => {
  const choice = createBaseChoice([first, second]);
  expect(choice.failed(refused)).toBe("another");
  expect(choice.wanted()).toBe(second);
});

test("an engine that is killed while it loads a base tries it three times", () => {
  const choice = createBaseChoice([first, second]);
  choice.loaded(first);
  choice.want(second);
  expect([choice.failed(killed), choice.failed(killed)]).toEqual(["again", "again"]);
  expect(choice.wanted()).toBe(second);
  expect(choice.failed(killed)).toBe("another");
  expect(choice.wanted()).toBe(first);
});

test("a base that came up after a failure is given three more", () => {
  const choice = createBaseChoice([first, second]);
  choice.want(second);
  choice.failed(killed);
  choice.loaded(second);
  expect([choice.failed(killed), choice.failed(killed)]).toEqual(["again", "again"]);
});

test("a base that is the only one left is never given up", () => {
  const choice = createBaseChoice([first, second]);
  choice.failed(refused);
  expect([1, 2, 3, 4].map(() => choice.failed(killed))).toEqual(["none", "none", "none", "none"]);
  expect(choice.wanted()).toBe(second);
});

test("after a change of code a refused base may be tried again", () => {
  const choice = createBaseChoice([first, second]);
  choice.failed(refused);
  choice.forgive();
  expect([...choice.refusals]).toEqual([]);
  expect(choice.failed(refused)).toBe("another");
  expect(choice.wanted()).toBe(first);
});
