/** Every place that a running service on one machine writes to, as text. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import pg from "pg";
import { openBucket, processesOf } from "./launched-service.ts";
import type { TinyService } from "./tiny-service.ts";

export type Place = { place: string; text: string };

const Bucket = "loraloom";

export const placesOf = async (service: TinyService): Promise<Place[]> => [
  ...(await processPlaces(service)),
  ...(await logPlaces(service.dataDir)),
  ...(await tablePlaces(service.dataDir)),
  ...(await objectPlaces(service.dataDir)),
];

/** The arguments and the environment of every process that the launcher started, and of the launcher. */
const processPlaces = async ({ runtime }: TinyService): Promise<Place[]> => {
  const processes = await Promise.all((await processesOf(runtime)).map(readProcess));
  return processes.flat();
};

/** Nothing of one that has ended since it was listed, as a connection of Postgres does. */
const readProcess = async (pid: number): Promise<Place[]> => {
  try {
    const argv = await readFile(`/proc/${pid}/cmdline`, "utf8");
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    const name = nameOf(argv);
    return [
      { place: `argv of ${name}`, text: argv },
      { place: `environment of ${name}`, text: environment },
    ];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
};

/** Before it was opened, or before it was read. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH");

/** By what a process runs. */
const nameOf = (argv: string): string => {
  if (argv.includes("loraloom_engine")) return "engine";
  const [, part] = /packages\/(host|launcher|trainer)\/src/.exec(argv) ?? [];
  if (part) return part === "trainer" ? "worker" : part;
  return argv.split("\0")[0]?.split("/").at(-1) ?? argv;
};

const logPlaces = async (dataDir: string): Promise<Place[]> => {
  const folder = join(dataDir, "logs");
  const names = await readdir(folder);
  return Promise.all(
    names.map(async (name) => ({ place: `log ${name}`, text: await readFile(join(folder, name), "utf8") })),
  );
};

/** Every table of every schema but Postgres' own. */
const tablePlaces = async (dataDir: string): Promise<Place[]> => {
  const client = new pg.Client(await databaseOf(dataDir));
  await client.connect();
  try {
    const { rows } = await client.query<{ schema: string; name: string }>(
      `select table_schema as schema, table_name as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const places: Place[] = [];
    for (const { schema, name } of rows) places.push(await readTable(client, schema, name));
    return places;
  } finally {
    await client.end();
  }
};

const readTable = async (client: pg.Client, schema: string, name: string): Promise<Place> => {
  const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
  const { rows } = await client.query<{ text: string }>(`select row::text as text from ${table} as row`);
  return { place: `table ${name}`, text: rows.map(({ text }) => text).join("\n") };
};

const databaseOf = async (dataDir: string): Promise<pg.ClientConfig> => {
  const { postgresPassword: password } = JSON.parse(await readFile(join(dataDir, "secrets.json"), "utf8"));
  const { postgres: port } = JSON.parse(await readFile(join(dataDir, "ports.json"), "utf8"));
  return { host: "127.0.0.1", port, user: "loraloom", password, database: "loraloom" };
};

/** Every object: its key, and what is in it. */
const objectPlaces = async (dataDir: string): Promise<Place[]> => {
  const client = await openBucket(dataDir);
  const places: Place[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
    for (const { Key = "" } of Contents) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const text = (Key.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
      places.push({ place: `object ${Key}`, text: `${Key}\n${text}` });
    }
  return places;
};
