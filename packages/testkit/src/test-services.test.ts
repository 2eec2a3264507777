import { AwsClient } from "aws4fetch";
import pg from "pg";
import { expect, test } from "vitest";
import { createTestBucket, createTestDatabase } from "./index.ts";

test("a test database is empty, has pgvector at hand and takes nobody afterwards", async () => {
  let url: string;
  {
    await using database = await createTestDatabase();
    url = database.url;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("create extension vector");
    const { rows } = await client.query("select version(), '[1,2]'::vector <-> '[1,2]' as distance");
    expect(rows[0].version).toContain("PostgreSQL 18");
    expect(rows[0].distance).toBe(0);
    await client.end();
  }
  const client = new pg.Client({ connectionString: url });
  await expect(client.connect()).rejects.toMatchObject({ code: "55000" });
});

test("a test bucket takes an object and gives it back", async () => {
  await using s3 = await createTestBucket();
  const client = new AwsClient({ ...s3, service: "s3", retries: 0 });
  const object = `${s3.endpoint}/${s3.bucket}/folder/name`;
  expect((await client.fetch(object, { method: "PUT", body: "content" })).status).toBe(200);
  expect(await (await client.fetch(object)).text()).toBe("content");
});
