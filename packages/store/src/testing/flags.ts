import type { PutObjectCommandInput } from "@aws-sdk/client-s3";
import { type AvatarScope, type FlaggedKind, flagsKey } from "../keys/index.ts";
import { getObject, putObject } from "../objects/index.ts";
import type { Store } from "../store.ts";
import { files } from "../tables/index.ts";

/** A process that ends right after its commit: nothing follows by itself. */
export const withoutBackground = (store: Store): Store => ({
  ...store,
  background: { request: () => {}, settled: async () => {} },
});

/** The text of an avatar's `metadata.json`, if there is one. */
export const dictionaryText = async (
  store: Store,
  scope: AvatarScope & { kind?: FlaggedKind },
): Promise<string | undefined> => {
  const object = await getObject(store.objects, { key: flagsKey({ kind: "training_data", ...scope }) });
  return object && Buffer.from(await object.bytes()).toString();
};

/** Its entries and no object: `__proto__` is a name like any other. */
export const dictionaryOf = async (
  store: Store,
  scope: AvatarScope & { kind?: FlaggedKind },
): Promise<[string, unknown][]> => Object.entries(JSON.parse((await dictionaryText(store, scope)) ?? "null"));

/** What the table says, in the order of names. */
export const flagsOf = async (store: Store): Promise<[string, boolean][]> =>
  (await store.db.select().from(files).orderBy(files.name)).map(({ name, used }) => [name, used]);

/** An object store that takes each PUT, whatever it demands of what lies there. */
export const ignoreConditions = ({ objects }: Store): void =>
  objects.client.middlewareStack.add(
    (next) => (args) => {
      const { IfMatch, IfNoneMatch, ...input } = args.input as PutObjectCommandInput;
      return next({ ...args, input: "Body" in input ? input : args.input });
    },
    { step: "initialize" },
  );

/** Overwrites the dictionary without a look at it, as another tool may. */
export const writeForeign = (store: Store, scope: AvatarScope & { kind?: FlaggedKind }, body: string) =>
  putObject(store.objects, { key: flagsKey({ kind: "training_data", ...scope }), body });
