import { SetUpError } from "./set-up-error.mjs";

/** Prints what went wrong; only faults of our own come with a stack. Returns the exit code. */
export const reportFailure = (error) => {
  console.error(`\n${error instanceof SetUpError ? error.message : error.stack}`);
  return 1;
};
