import { SetUpError } from "./set-up-error.mjs";

const oldest = 20;

/** @throws SetUpError when the user's Node is too old even to install the right one */
export const checkNode = (version) => {
  if (Number.parseInt(version, 10) >= oldest) return;
  throw new SetUpError(
    `This is Node ${version}, but ${oldest} or newer is needed: install it from https://nodejs.org.`,
  );
};
