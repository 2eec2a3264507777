/** Walks the inputs of the router: what names another avatar than the one that a call is about needs its own share. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDescription } from "../testing/fuzz/describe-input.ts";
import { walkInputs } from "../testing/fuzz/index.ts";
import { openTestApi, outcomeOf, type TestApi } from "../testing/open-test-api.ts";
import { type Populated, populate } from "../testing/populate.ts";

/** Where inside an input an avatar is named, besides the one at its top. */
const placesIn = (schema: unknown, at: string[] = []): string[][] => {
  const { properties, anyOf = [] } = readDescription(schema);
  const fields = Object.entries(properties).flatMap(([name, field]) => {
    const place = [...at, name];
    return /avatarId$/i.test(name) && name !== "avatarId" ? [place] : placesIn(field, place);
  });
  const own = at.length > 0 && "avatarId" in properties ? [[...at, "avatarId"]] : [];
  return [...own, ...fields, ...anyOf.flatMap((form) => placesIn(form, at))];
};

const inputAt = (place: string[], value: string): object =>
  place.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;

const walked = walkInputs().flatMap(({ asked, ...procedure }) =>
  placesIn(asked ?? {}).map((place) => ({
    ...procedure,
    place,
    takes: Object.keys(asked?.properties ?? {}),
  })),
);

let api: TestApi;
let there: Record<"mia" | "tom", Populated>;
let member: string;
beforeAll(async () => {
  api = await openTestApi();
  const ada = api.as((await api.makeKey("ada")).key);
  const mia = await populate(api, { userId: "ada", avatarId: "mia" });
  // The next run that is claimed is to be the other avatar's.
  await ada.train.cancel({ avatarId: "mia", runId: mia.runId });
  there = { mia, tom: await populate(api, { userId: "ada", avatarId: "tom" }) };
  member = (await api.makeKey("bob")).key;
  await ada.shares.set({ avatarId: "mia", with: "bob", role: "member" });
  await ada.shares.set({ avatarId: "tom", with: "eve", role: "member" });
});
afterAll(() => api[Symbol.asyncDispose]());

test("the walk finds what takes another avatar's id", () => {
  expect(walked.map(({ path, place }) => `${path} ${place.join(".")}`).sort()).toEqual(
    expect.arrayContaining([
      "adapter.restore fromAvatarId",
      "train.preview startFrom.avatarId",
      "train.rerun startFrom.avatarId",
      "train.start startFrom.avatarId",
    ]),
  );
});

describe.each(walked)("$path with $place", ({ path, type, place, takes }) => {
  const codeFor = async (key: string, other: string) => {
    const { runId } = there.mia;
    const named = { userId: "ada", avatarId: "mia", runId, backupId: there.tom.backupId };
    const own = Object.fromEntries(Object.entries(named).filter(([name]) => takes.includes(name)));
    const input = { ...own, ...inputAt(place, other) };
    return (await outcomeOf(() => api.call(key, { path, type, input }))).code;
  };

  test("refuses an avatar that is not shared, whether or not it is there", async () => {
    for (const other of ["tom", "never-made"]) expect(await codeFor(member, other)).toBe("user_mismatch");
  });

  test("is no matter of access where the caller owns both", async () => {
    const { key } = await api.makeKey("ada");
    expect(await codeFor(key, "tom")).not.toBe("user_mismatch");
  });
});
