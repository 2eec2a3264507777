import { join, resolve } from "node:path";

/** What the launcher itself reads from the environment; everything else is passed on. */
export type Settings = {
  repositoryRoot: string;
  dataDir: string;
  /** The interpreter of `.venv`, which has the engine, Postgres and SeaweedFS. */
  python: string;
  /** The user's variables, without empty ones: an empty variable counts as left out. */
  environment: Record<string, string>;
};

const repositoryRoot = resolve(import.meta.dirname, "../../..");

export const readSettings = (source: NodeJS.ProcessEnv = process.env): Settings => {
  const entries = Object.entries(source).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return {
    repositoryRoot,
    dataDir: resolve(repositoryRoot, source.LORALOOM_DATA_DIR || ".data"),
    python: join(repositoryRoot, ".venv", "bin", "python"),
    environment: Object.fromEntries(entries),
  };
};

/** The port that the user chose; 0 leaves the choice to us, who have to know it. */
export const ownPort = (
  { environment }: Pick<Settings, "environment">,
  variable: "LORALOOM_PORT" | "LORALOOM_GATEWAY_PORT",
): string | undefined => {
  const port = environment[variable];
  return port !== undefined && Number(port) === 0 ? undefined : port;
};

/** Whether the user brings a Postgres. */
export const hasOwnDatabase = ({ environment }: Settings): boolean => "DATABASE_URL" in environment;

/** Whether the user brings an object store. */
export const hasOwnStore = ({ environment }: Settings): boolean =>
  "S3_ENDPOINT" in environment || "S3_BUCKET" in environment;
