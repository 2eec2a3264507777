import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../repository.ts";
import { openPeersEnvironment } from "./peers-environment.ts";

/** Draws the arms of a written result beside it. @returns the picture's path, or why there is none */
export const drawPlot = async (jsonFile: string): Promise<string> => {
  const peers = await openPeersEnvironment(false);
  if ("missing" in peers) return `no plot: ${peers.missing}`;
  const picture = `${jsonFile.replace(/\.json$/, "")}.png`;
  const program = join(repositoryRoot, "bench", "peers", "plot.py");
  await promisify(execFile)(peers.python, [program, jsonFile, picture]);
  return picture;
};
