import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { type LiveServer, startLiveServer } from "../../client/tests/start-live-server.ts";

export const cliMain = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export type Finished = { exitCode?: number | undefined; stdout: string; stderr: string };
export type RunOptions = { env?: Record<string, string>; input?: string };

/** The real program as a process, in an empty folder, against a real host. */
export type TestCli = AsyncDisposable & {
  server: LiveServer;
  /** Where it runs. */
  folder: string;
  env: Record<string, string>;
  run: (args: string[], options?: RunOptions) => Promise<Finished>;
  /** The one JSON value on stdout. */
  json: <Value>(args: string[]) => Promise<Value>;
};

export const openTestCli = async (): Promise<TestCli> => {
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await startLiveServer());
  const folder = await mkdtemp(join(tmpdir(), "loraloom-cli-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const env = {
    LORALOOM_URL: server.url,
    LORALOOM_API_KEY: server.apiKey,
    LORALOOM_USER: "ada",
    LORALOOM_AVATAR: "mia",
  };
  const run = (args: string[], options: RunOptions = {}) =>
    startCli(args, { folder, env: { ...env, ...options.env }, input: options.input });
  const resources = opened.move();
  return {
    server,
    folder,
    env,
    run,
    json: async (args) => JSON.parse((await run([...args, "--json"])).stdout),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

export type StartOptions = { folder: string; env: Record<string, string>; input?: string | undefined };

/** The path, and where Node keeps what it has compiled. */
export const passedOn = (): Record<string, string> => {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  return { PATH, NODE_COMPILE_CACHE };
};

/** Without a terminal, and with no variable but those given and what every program is passed. */
export const startCli = (args: string[], { folder, env, input = "" }: StartOptions) =>
  execa(process.execPath, [cliMain, ...args], {
    cwd: folder,
    env: { ...passedOn(), ...env },
    extendEnv: false,
    input,
    reject: false,
  });
