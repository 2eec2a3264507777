import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { baseEnvironment } from "./base-environment.ts";
import type { Part } from "./part.ts";
import { prepareCluster, stopTimeoutMs, superuser } from "./postgres-cluster.ts";
import { choosePostgresUser, type PostgresUser, runAs } from "./postgres-user.ts";
import { startPart } from "./start-part.ts";

/** The database that host and workers use. */
const databaseName = "loraloom";
/** Long enough for the recovery of a large cluster after a crash. */
const readyTimeoutMs = 120_000;

export type PostgresOptions = {
  /** A folder of Postgres' own. */
  dataDir: string;
  port: number;
  password: string;
  /** The folder of `postgres`, `initdb` and `psql`. */
  postgresFolder: string;
  logFile: string;
  /** As whom it runs; chosen by what works here when absent. */
  user?: PostgresUser;
};

/** Postgres on loopback with a password (scram), without a Unix socket. */
export const postgresPart = (options: PostgresOptions): Part => {
  const folder = resolve(options.dataDir);
  return {
    name: "postgres",
    logFile: options.logFile,
    readyTimeoutMs,
    // The "fast" shutdown: open sessions are ended, everything committed is on disk.
    stopSignal: "SIGINT",
    stopTimeoutMs,
    isReady: () => ensureDatabase(options),
    prepare: async () => {
      const { postgresFolder, password } = options;
      const user = options.user ?? (await choosePostgresUser(folder, postgresFolder));
      await prepareCluster({ folder, postgresFolder, password, user });
      const args = ["-D", join(folder, "data"), "-p", String(options.port)];
      args.push("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=");
      return runAs(user, {
        file: join(postgresFolder, "postgres"),
        args,
        cwd: folder,
        env: baseEnvironment(),
      });
    },
  };
};

/**
 * Starts Postgres and makes its database.
 *
 * @example await using postgres = await startPostgres({ dataDir, port, password, postgresFolder, logFile });
 * @throws LoraloomError `part_failed` (names the log), `bad_configuration` (nobody to run it as)
 */
export const startPostgres = async (
  options: PostgresOptions,
): Promise<AsyncDisposable & { url: string; pid: number }> => {
  const running = await startPart(postgresPart(options));
  return { url: postgresUrl(options), pid: running.pid, [Symbol.asyncDispose]: running.stop };
};

/** With the password: for environments only. */
export const postgresUrl = ({ port, password }: Pick<PostgresOptions, "port" | "password">): string =>
  `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${databaseName}`;

/** Whether the server answers queries and has our database, which is made on the way. */
const ensureDatabase = async (options: PostgresOptions): Promise<boolean> => {
  try {
    const found = await query(options, `select 1 from pg_database where datname = '${databaseName}'`);
    if (found !== "1") await query(options, `create database ${databaseName}`);
    return true;
  } catch {
    // Not up yet, or still recovering: psql's reason is in the server's log too, which a timeout names.
    return false;
  }
};

const query = async (options: PostgresOptions, sql: string): Promise<string> => {
  const args = ["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(options.port)];
  args.push("-U", superuser, "-d", "postgres", "-c", sql);
  const env = { ...baseEnvironment(), PGPASSWORD: options.password, PGCONNECT_TIMEOUT: "5" };
  const { stdout } = await promisify(execFile)(join(options.postgresFolder, "psql"), args, { env });
  return stdout.trim();
};
