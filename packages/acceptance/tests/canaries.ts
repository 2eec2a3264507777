/** What is secret, or was said in confidence, is looked for in every place that a running service writes to. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Client, createClient } from "@loraloom/client";
import { findFreePort } from "@loraloom/testkit";
import { expect, test } from "vitest";
import { type Place, placesOf } from "./places.ts";
import type { TinyService } from "./tiny-service.ts";

type Canaries = Record<string, string>;

const ada = { userId: "canary-ada", avatarId: "mia" };
const said = "canary-prompt-4711";
const userSecret = "hf_canary-token-4711";
/** The path of a webhook's URL, as secret as those of some chat programs are. */
const hook = "hook-of-canary-4711";

/** Where a secret may stand, and why. */
const allowed: { canary: RegExp; place: RegExp; reason: string }[] = [
  {
    canary: /^(database password|S3 secret|gateway token)$/,
    place: /^environment of (host|worker)$/,
    reason: "they connect with it, and nobody else can read the environment of a process",
  },
  {
    canary: /^webhook's URL$/,
    place: /^table webhooks$/,
    reason: "it is shown to its user, and asked at each message",
  },
];

const chats = Array.from({ length: 12 }, (_, at) =>
  JSON.stringify({
    messages: [
      { role: "user", content: `sea ${at}?` },
      { role: "assistant", content: `Aye, sea ${at}.` },
    ],
  }),
).join("\n");

/** The secrets of the service itself, each in a file of its data folder. */
const ofService = async (dataDir: string): Promise<Canaries> => {
  const secrets = JSON.parse(await readFile(join(dataDir, "secrets.json"), "utf8"));
  const masterKey = await readFile(join(dataDir, "master-key"), "utf8");
  return {
    "first key": (await readFile(join(dataDir, "first-key"), "utf8")).trim(),
    "database password": secrets.postgresPassword,
    "S3 secret": secrets.s3.secretAccessKey,
    "gateway token": secrets.gatewayToken,
    "master key": masterKey.trim().split("\n").at(-1) ?? "",
  };
};

/** Uploads, trains and talks as a user of a key of his own; what was secret in that. */
const work = async ({ client, runtime, signIn }: TinyService): Promise<Canaries> => {
  const { userId } = ada;
  const { key } = await client.keys.create.mutate({ kind: "user", userId, name: "canary" });
  const user = createClient({ url: runtime.url, apiKey: key });
  const on = { avatarId: ada.avatarId };
  await user.secrets.set.mutate({ name: "hf-token", value: userSecret });
  // Nobody listens there: the failure is logged.
  const hookUrl = `http://127.0.0.1:${await findFreePort()}/${hook}`;
  const { id: webhookId, secret } = await user.webhooks.create.mutate({ url: hookUrl });
  expect(await user.webhooks.test.mutate({ webhookId })).toMatchObject({ state: "dead" });
  const token = signIn.token(userId);
  const signedIn = createClient({ url: runtime.url, apiKey: token });
  await signedIn.adapter.create.mutate(on);
  await user.uploadTrainingData(new Blob([chats]), { ...on, name: "sea.jsonl" });
  const upload = { ...on, name: "x.jsonl", size: 1, type: "application/jsonl", sha256: "0".repeat(64) };
  const begun = await user.trainingData.createUpload.mutate(upload);
  const url = new URL(
    begun.method === "put" ? begun.url : expect.unreachable("One byte comes in one piece."),
  );
  const { id: runId } = await user.train.start.mutate({ ...on, hyperparameters: { maxSteps: 3 } });
  for await (const event of user.watchRun({ ...on, runId })) void event;
  const messages = [{ role: "user" as const, content: said }];
  await Array.fromAsync(await user.chat.mutate({ ...on, messages, maxTokens: 4 }));
  return {
    "user's key": key,
    "user's secret": userSecret,
    "user's token": token,
    "webhook's secret": secret,
    "webhook's URL": hook,
    "what was said": said,
    "signature of a URL": url.searchParams.get("X-Amz-Signature") ?? "",
  };
};

type Shown = { key: string; token: string };

/** The texts of errors of many kinds, each of a call that had something secret in it. */
const failures = async ({ client, runtime }: TinyService, { key, token }: Shown): Promise<string> => {
  const user = createClient({ url: runtime.url, apiKey: key });
  const on = { avatarId: ada.avatarId };
  const messages = [{ role: "user" as const, content: said }];
  const calls: ((client: Client) => Promise<unknown>)[] = [
    () => createClient({ url: runtime.url, apiKey: `${key}x` }).health.query(),
    () => createClient({ url: runtime.url, apiKey: `${token}x` }).keys.list.query({}),
    () => createClient({ url: runtime.url, apiKey: token }).keys.list.query({}),
    () => user.webhooks.create.mutate({ url: `ftp://127.0.0.1/${hook}` }),
    () => user.secrets.set.mutate({ name: "hf-token", value: `${userSecret} and more` }),
    async () => Array.fromAsync(await user.chat.mutate({ ...on, messages, stop: [said, ""] })),
    async () => Array.fromAsync(await user.chat.mutate({ ...on, messages, version: "nothing" })),
    () => user.keys.list.query({}),
    () => user.uploadTrainingData(new Blob([`{"messages":["${said}`]), { ...on, name: "..bad" }),
    () => client.train.get.query({ ...ada, runId: "nothing" }),
    () => client.keys.revoke.mutate({ id: "nothing" }),
  ];
  const texts: string[] = [];
  for (const call of calls) {
    const failure: unknown = await call(client).then(
      () => expect.unreachable(`${call} was to fail.`),
      (error) => error,
    );
    texts.push(`${failure} ${JSON.stringify(failure)}`);
  }
  return texts.join("\n");
};

/** As it is, and as it would stand in a URL, in base64 and in a JSON text. */
const formsOf = (canary: string): string[] => [
  canary,
  encodeURIComponent(canary),
  Buffer.from(canary).toString("base64").replace(/=+$/, ""),
];

const isAllowed = (canary: string, place: string): boolean =>
  allowed.some((entry) => entry.canary.test(canary) && entry.place.test(place));

const sightings = (canaries: Canaries, places: Place[]): string[] =>
  Object.entries(canaries).flatMap(([name, canary]) =>
    places
      .filter(({ text }) => formsOf(canary).some((form) => text.includes(form)))
      .filter(({ place }) => !isAllowed(name, place))
      .map(({ place }) => `${name} in ${place}`),
  );

export const testCanaries = (running: () => TinyService): void => {
  test("stand nowhere but where they are needed, after good calls and bad ones", async () => {
    const service = running();
    const canaries = { ...(await ofService(service.dataDir)), ...(await work(service)) };
    expect(Object.values(canaries).every((canary) => canary.length > 12)).toBe(true);
    const { "user's key": key = "", "user's token": token = "" } = canaries;
    const errors = await failures(service, { key, token });
    const places = await placesOf(service);
    // What is looked through is really there.
    for (const place of [
      /^argv of engine$/,
      /^environment of engine$/,
      /^log host/,
      /^table run_events$/,
      /run\.json$/,
    ])
      expect(places.some(({ place: name, text }) => place.test(name) && text !== "")).toBe(true);
    expect(sightings(canaries, [...places, { place: "an error", text: errors }])).toEqual([]);
    // Each entry of the list is needed.
    expect(sightings({ "S3 secret ": canaries["S3 secret"] ?? "" }, places)).toEqual([
      "S3 secret  in environment of host",
      "S3 secret  in environment of worker",
    ]);
  });
};
