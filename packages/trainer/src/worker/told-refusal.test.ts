import { LoraloomError } from "@loraloom/errors";
import { expect, test } from "vitest";
import { toldRefusal } from "./told-refusal.ts";

const base = { modelId: "some/base", path: "/srv/models/base" };

test("a base that is refused is told by its name and not by its path", () => {
  const message = "'/srv/models/base/config.json' is not JSON; see '/srv/models/base'.";
  expect(toldRefusal(new LoraloomError("unsupported_base_model", message), base)).toEqual({
    code: "unsupported_base_model",
    message: "'some/base/config.json' is not JSON; see 'some/base'.",
    remedy: expect.any(String),
  });
});

test("nothing is told of a base that was not refused", () => {
  expect(toldRefusal(undefined, base)).toBeNull();
});
