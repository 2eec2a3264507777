import { createClient } from "@loraloom/client";
import { expect, test } from "vitest";
import { InterruptedError, UsageError } from "../failures/cli-error.ts";
import { brokenUploads, resumeHint } from "./resume-hint.ts";

const local = { path: "my data.jsonl", source: "my data.jsonl", name: "my data.jsonl", size: 1 };

test("an upload that the network broke is taken up again", async () => {
  const fetch = () => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:9"));
  const client = createClient({ url: "http://127.0.0.1:9", apiKey: "ll_key", fetch });
  const error: unknown = await client.keys.list.query({}).catch((error: unknown) => error);
  expect(resumeHint({ local, uploadId: "1", error })).toBe(
    "Take it up again: loraloom upload 'my data.jsonl' --resume 1",
  );
  expect(resumeHint({ local, uploadId: undefined, error })).toBeUndefined();
});

test("a file that was refused is not offered again as it is", () => {
  const error = new UsageError("'my data.jsonl' is not what was begun with.");
  expect(resumeHint({ local, uploadId: "1", error })).toBeUndefined();
});

test("of files that have begun, those that are stored or were refused are not taken up again", () => {
  const [stored, refused, cut, open] = ["stored", "refused", "cut", "open"].map((name) => ({
    ...local,
    name,
  }));
  if (!stored || !refused || !cut || !open) throw new TypeError("There are four files.");
  const ended = new Map([
    [stored, {}],
    [refused, { error: new UsageError("It is not what was begun with.") }],
    [cut, { error: new InterruptedError() }],
  ]);
  const begun = [stored, refused, cut, open].map((file, at): [typeof local, string] => [file, `${at}`]);
  expect(brokenUploads(begun, ended)).toEqual([
    { local: cut, uploadId: "2" },
    { local: open, uploadId: "3" },
  ]);
});
