/** Any sequence of calls on training data, against a model. */
import { projectFlags } from "@loraloom/store/files";
import { flagsKey } from "@loraloom/store/keys";
import { getObject } from "@loraloom/store/objects";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backUp, expectSameAdapter, publish, restore } from "../testing/adapter-model.ts";
import { openTestApi, type TestApi, type TestCaller } from "../testing/open-test-api.ts";
import {
  bodyOf,
  deleteMany,
  deleteUnflagged,
  emptyModel,
  freeze,
  type Model,
  type Real,
  setFlags,
  startRun,
  upload,
} from "../testing/training-data-model.ts";

type Command = fc.AsyncCommand<Model, Real>;
type Work<Input> = (model: Model, real: Real, input: Input) => Promise<void>;

const userId = "ada";
let api: TestApi;
let caller: TestCaller;
beforeAll(async () => {
  api = await openTestApi();
  caller = api.as((await api.makeKey(userId)).key);
});
afterAll(() => api[Symbol.asyncDispose]());

const name = fc.constantFrom("a", "b", "ab", "ü", "__proto__");
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const kind = fc.constantFrom("training_data" as const, "training_data" as const, "evaluation_data" as const);

/** Commands of one kind, each after its input; `check` says where it can be made. */
const commandsOf = <Input>(
  input: fc.Arbitrary<Input>,
  run: Work<Input>,
  check: (model: Readonly<Model>) => boolean = () => true,
): fc.Arbitrary<Command> =>
  input.map((value) => ({
    check,
    run: (model, real) => run(model, real, value),
    toString: () => `${run.name}(${JSON.stringify(value)})`,
  }));

type ListInput = {
  kind: "training_data" | "evaluation_data";
  filter: "all" | "used" | "unused";
  prefix: string;
};

const list: Work<ListInput & { descending: boolean; limit: number }> = async ({ files }, real, input) => {
  const { filter, prefix, descending } = input;
  const expected = [...files[input.kind]]
    .filter(
      ([each, { used }]) => each.startsWith(prefix) && (filter === "all" || used === (filter === "used")),
    )
    .map(([each]) => each)
    .toSorted((one, other) => (one < other ? -1 : 1) * (descending ? -1 : 1));
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await real.caller.trainingData.list({ ...real.on, ...input, cursor });
    found.push(...page.files.map((file) => file.name));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(found).toEqual(expected);
};

const uploadCommands = commandsOf(
  fc.record({
    kind,
    name,
    body: fc.nat({ max: 2 }).map(bodyOf),
    // As often without a word: only then a replaced file keeps the flag that it has.
    useForTraining: fc.constantFrom(undefined, undefined, true, false),
  }),
  upload,
);
const flagCommands = commandsOf(
  names.chain((some) =>
    fc.tuple(...some.map((each) => fc.record({ name: fc.constant(each), useForTraining: fc.boolean() }))),
  ),
  setFlags,
);

const commands = [
  // Twice as often as the others: what is wrong with them shows only after one another.
  ...[uploadCommands, uploadCommands, flagCommands, flagCommands],
  commandsOf(fc.record({ kind, names }), deleteMany),
  commandsOf(fc.boolean(), deleteUnflagged),
  commandsOf(
    fc.record({
      kind,
      filter: fc.constantFrom("all", "used", "unused"),
      prefix: fc.constantFrom("", "a"),
      descending: fc.boolean(),
      limit: fc.integer({ min: 1, max: 3 }),
    }),
    list,
  ),
  commandsOf(fc.constant(undefined), startRun),
  commandsOf(fc.constant(undefined), freeze, ({ runs }) => runs.length > 0),
  commandsOf(fc.constant(undefined), publish, ({ runs }) => runs.length > 0),
  commandsOf(fc.constant(undefined), backUp, ({ adapter }) => adapter.current !== null),
  commandsOf(
    fc.record({ which: fc.nat(), publish: fc.constantFrom("current" as const, "candidate" as const) }),
    restore,
    ({ adapter }) => adapter.backups.size > 0,
  ),
];

/** At the end everything tells the same: list, summary and the dictionary. */
const expectSame = async ({ files }: Model, { on }: Real): Promise<void> => {
  await api.store.background.settled();
  const folder = { ...on, kind: "training_data" } as const;
  await projectFlags(api.store, folder);
  const object = await getObject(api.store.objects, { key: flagsKey(folder) });
  const flags = object ? Object.entries(JSON.parse(Buffer.from(await object.bytes()).toString())) : [];
  const deleting = await api.store.pool.query<{ name: string }>(
    "select name from files where avatar_id = $1 and state = 'deleting' and kind = 'training_data'",
    [on.avatarId],
  );
  const waiting = deleting.rows.map(({ name }) => [name, false]);
  const expected = [...files.training_data].map(([each, { used }]) => [each, used]);
  expect(flags.toSorted()).toEqual([...expected, ...waiting].toSorted());
  const { trainingData, evaluationData } = await caller.trainingData.summary(on);
  expect(trainingData).toMatchObject({
    files: expected.length,
    used: expected.filter(([, used]) => used).length,
  });
  expect(evaluationData.files).toBe(files.evaluation_data.size);
};

/** Restores, and flags of several files, would be rare if all of that had to come about by chance. */
const begin = async (model: Model, real: Real): Promise<void> => {
  for (const [first, useForTraining] of [
    ["a", true],
    ["ab", true],
    ["__proto__", false],
  ] as const)
    await upload(model, real, { kind: "training_data", name: first, body: bodyOf(0), useForTraining });
  await startRun(model, real);
  await publish(model, real);
  await backUp(model, real);
};

let avatars = 0;

test("after any calls the files, their flags, what runs read and the versions are those of the model", async () => {
  const property = fc.asyncProperty(
    fc.commands(commands, { maxCommands: 40, size: "max" }),
    async (calls) => {
      avatars += 1;
      const on = { userId, avatarId: `avatar-${avatars}` };
      await caller.adapter.create(on);
      const model = emptyModel();
      const real = { api, caller, on };
      await begin(model, real);
      await fc.asyncModelRun(() => ({ model, real }), calls);
      while (model.runs.length > 0) await freeze(model, real);
      await expectSame(model, real);
      await expectSameAdapter(model, real);
    },
  );
  await fc.assert(property, { numRuns: 15, endOnFailure: true });
});
