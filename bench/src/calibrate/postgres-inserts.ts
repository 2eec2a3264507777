import pg from "pg";
import { timed, timeEach } from "../measure/at-once.ts";

const connections = 16;
const create = "create table calibration (id int primary key, content text not null)";
const insert = "insert into calibration values ($1, $2)";
const content = "x".repeat(200);

/** @returns rows a second, each its own commit, 16 at once */
export const postgresInserts = async (databaseUrl: string, rows: number): Promise<number> => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
  try {
    await pool.query(create);
    const insertRow = (index: number) => pool.query(insert, [index, content]);
    const milliseconds = await timed(() => timeEach({ times: rows, atOnce: connections }, insertRow));
    await pool.query("drop table calibration");
    return (rows / milliseconds) * 1000;
  } finally {
    await pool.end();
  }
};
