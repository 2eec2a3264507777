import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
export const inRoot = (...names) => join(root, ...names);

/** Node 24, whatever the user's own is. */
export const node = inRoot("node_modules", ".bin", "node");
export const pythonFolder = inRoot(".venv");
export const python = inRoot(".venv", "bin", "python");
export const engineFolder = inRoot("packages", "trainer", "python");
/** Set-up belongs to the checkout, so its lock and log stay here even where data lies elsewhere. */
export const setUpLock = inRoot(".data", "setup-lock");
export const setUpLog = inRoot(".data", "logs", "setup.log");
export const dataFolder = resolve(root, process.env.LORALOOM_DATA_DIR || ".data");

export const pnpm = { file: "npx", args: ["--yes", "pnpm@12.21.0"] };
