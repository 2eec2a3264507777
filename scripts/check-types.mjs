/**
 * The types of everything: in two programs, since packages import each other's source and a program for each package
 * checks most of it many times over. They differ in whether a browser's names are there.
 */
import { inRoot } from "./paths.mjs";
import { spawnHere } from "./spawn-job.mjs";

const tsc = inRoot("node_modules", ".bin", "tsc");
const programs = ["tsconfig.services.json", "tsconfig.clients.json"];

/** Prints what is wrong; each program counts as one. Resolves to `{ passed, failed }`. */
export const checkTypes = async () => {
  const codes = await Promise.all(programs.map((program) => spawnHere(tsc, ["-p", inRoot(program)])));
  const failed = codes.filter((code) => code !== 0).length;
  return { passed: codes.length - failed, failed };
};
