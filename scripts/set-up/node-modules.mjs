import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { inRoot, node, pnpm } from "../paths.mjs";
import { gigabyte } from "./check-disk.mjs";
import { exists } from "./exists.mjs";
import { runLogged } from "./run-logged.mjs";
import { hashOf, isStamped, writeStamp } from "./stamp.mjs";

const stamp = inRoot("node_modules", ".loraloom-stamp");

/** The packages of pnpm-lock.yaml, Node 24 among them. */
export const nodeModules = {
  name: "Node packages",
  duration: "about 20 s",
  diskBytes: 1 * gigabyte,
  isDone: async () => (await exists(node)) && isStamped(stamp, await currentHash()),
  run: async () => {
    const hash = await currentHash();
    await runLogged({
      what: "Installing the Node packages",
      registryOf: configuredRegistry,
      file: pnpm.file,
      args: [...pnpm.args, "install", "--frozen-lockfile"],
      // Nobody is there to answer a question.
      env: { CI: "true" },
    });
    await writeStamp(stamp, hash);
  },
};

const configuredRegistry = async () =>
  (await promisify(execFile)("npm", ["config", "get", "registry"])).stdout.trim();

/** The lock names every package of every workspace member; packages with native parts differ by platform. */
const currentHash = () =>
  hashOf({
    files: [inRoot("pnpm-lock.yaml"), inRoot("pnpm-workspace.yaml")],
    values: [process.platform, process.arch],
  });
