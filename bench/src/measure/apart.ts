import { fork } from "node:child_process";
import { once } from "node:events";

/**
 * Does a module's work in a process of its own: what makes load shares no event loop with anything else. The module
 * calls {@link workApart}.
 *
 * @param input plain data, such as dates and arrays
 */
export const runApart = async <Output>(
  module: string,
  input: object,
  signal: AbortSignal,
): Promise<Output> => {
  const child = fork(module, {
    serialization: "advanced",
    signal,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  child.send(input);
  const ended = once(child, "exit");
  const [output] = await Promise.race([once(child, "message"), ended.then(failed(module))]);
  await ended;
  return output;
};

const failed = (module: string) => (): never => {
  throw new Error(`${module} ended without an answer; what it said stands above.`);
};

/** In the module of {@link runApart}: takes the input, and answers with what the work gives. */
export const workApart = async <Input>(work: (input: Input) => Promise<unknown>): Promise<void> => {
  // Whoever wants the answer is gone.
  process.once("disconnect", () => process.exit());
  const [input] = await once(process, "message");
  process.send?.(await work(input), () => process.disconnect());
};
