import { LoraloomError } from "@loraloom/errors";
import superjson, { type SuperJSONResult } from "superjson";
import { writeAnswer } from "./write-answer.ts";

/** What a caller who has no superjson writes by hand: the input below `json`. */
const isWrapped = (value: unknown): value is SuperJSONResult =>
  typeof value === "object" &&
  value !== null &&
  // Of an input that is left out only `meta` remains.
  (Object.hasOwn(value, "json") || Object.hasOwn(value, "meta"));

/** @throws LoraloomError `bad_input` */
const unwrap = (value: unknown): unknown => {
  if (!isWrapped(value)) {
    throw new LoraloomError(
      "bad_input",
      'The input is not wrapped: the body of a POST, and the parameter \'input\' of a GET, must be {"json": <input>}, and in a batch {"0": {"json": <input>}, …}.',
    );
  }
  try {
    return superjson.deserialize(value);
  } catch (cause) {
    throw new LoraloomError("bad_input", "The input's 'meta' does not fit its 'json'; leave 'meta' out.", {
      cause,
    });
  }
};

/** superjson, which tells a caller whose input has another form what it looks like. */
export const transformer = {
  input: { serialize: superjson.serialize, deserialize: unwrap },
  output: { serialize: writeAnswer, deserialize: superjson.deserialize },
};
