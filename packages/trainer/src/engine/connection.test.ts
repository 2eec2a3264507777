import { tmpdir } from "node:os";
import { createTestLogger } from "@loraloom/store/testing";
import { expect, test } from "vitest";
import { writeFixtureEngine } from "../../tests/support/fixture-engine.ts";
import { startChild } from "./child.ts";
import { connectEngine, type EngineConnection } from "./connection.ts";
import { createEngineClock } from "./engine-clock.ts";

/** An engine that does what the Python lines say, and the connection to it. */
const startFixture = async (lines: string): Promise<AsyncDisposable & { engine: EngineConnection }> => {
  await using opened = new AsyncDisposableStack();
  const command = opened.use(await writeFixtureEngine(lines));
  const { log } = createTestLogger();
  const clock = createEngineClock();
  const engine = connectEngine(startChild(command, log), clock, log);
  opened.defer(() => engine.end());
  const owned = opened.move();
  return { engine, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};
const verify = {
  path: "/nowhere",
  rank: 4,
  alpha: 8,
  rank_stabilized: false,
  dora: false,
  target_modules: "all-linear",
} as const;

const sampling = {
  messages: [{ role: "user" as const, content: "Hello" }],
  ...{ adapter: null, max_tokens: 1, temperature: 0, top_p: 1, seed: null, stop: [], template_variables: {} },
};

test("answers find their requests, whatever their order", async () => {
  await using fixture = await startFixture(`
first, second = json.loads(input()), json.loads(input())
answer(type="result", seq=1, id=second["id"], parameters=2, tensors=2)
answer(type="result", seq=2, id=first["id"], parameters=1, tensors=1)
sys.stdin.read()`);
  const answers = [
    fixture.engine.ask("verify_adapter", verify),
    fixture.engine.ask("verify_adapter", verify),
  ];
  expect((await Promise.all(answers)).map(({ parameters }) => parameters)).toEqual([1, 2]);
});

test("a listener hears an event when it comes, however late it is read", async () => {
  await using fixture = await startFixture(`
id = json.loads(input())["id"]
answer(type="token", seq=1, id=id, text="Hel", index=0, logprobs=None)
answer(type="error", seq=2, id=id, code="engine_busy", message="no", details={})
sys.stdin.read()`);
  const heard: string[] = [];
  const ended = Promise.withResolvers<void>();
  const stream = fixture.engine.open("sample", sampling, ({ type }) => {
    heard.push(type);
    if (type === "error") ended.resolve();
  });
  await ended.promise;
  expect(heard).toEqual(["token", "error"]);
  await expect(Array.fromAsync(stream.events)).rejects.toMatchObject({ code: "engine_busy" });
});

test("the engine's error keeps its code and details", async () => {
  await using fixture = await startFixture(`
answer(type="error", seq=1, id=json.loads(input())["id"], code="corrupt_adapter", message="no", details={"at": 3})
sys.stdin.read()`);
  await expect(fixture.engine.ask("verify_adapter", verify)).rejects.toMatchObject({
    code: "corrupt_adapter",
    message: "no",
    details: { at: 3 },
  });
});

test("a code that the table lacks is an internal fault", async () => {
  await using fixture = await startFixture(`
answer(type="error", seq=1, id=json.loads(input())["id"], code="strange", message="no", details={})
sys.stdin.read()`);
  await expect(fixture.engine.ask("verify_adapter", verify)).rejects.toMatchObject({ code: "internal" });
});

test.each([
  ["is killed", "input()\nos.kill(os.getpid(), signal.SIGKILL)", "by signal SIGKILL"],
  ["ends by itself", "input()\nsys.exit(3)", "with exit code 3"],
  [
    "writes a line that is none of the protocol",
    'input()\nprint("{}", flush=True)\nsys.stdin.read()',
    "SIGKILL",
  ],
])("open and later requests fail when the engine %s", async (_what, lines, how) => {
  await using fixture = await startFixture(lines);
  const crashed = { code: "engine_crashed", message: expect.stringContaining(how) };
  await expect(fixture.engine.ask("verify_adapter", verify)).rejects.toMatchObject(crashed);
  await expect(fixture.engine.ask("verify_adapter", verify)).rejects.toMatchObject(crashed);
});

test.each([
  ["no stamp", "{}", /"at"/],
  ["a stamp that is no number", '{"at": "1"}', /"at"/],
  ["a stamp before the line before it", '{"at": 0.5e-6}', /stamped 5e-7 s, and the one before it 0.000001 s/],
  [
    "a stamp from after it was read",
    '{"at": 3600}',
    /stamped 3600 s, [0-9.]+ s after its engine was started/,
  ],
])("an engine whose line has %s is ended as one that writes none of the protocol", async (_what, at, why) => {
  await using fixture = await startFixture(`
id = json.loads(input())["id"]
answer(type="log", seq=1, at=1e-6, level="info", message="true")
print(json.dumps({"type": "result", "seq": 2, "id": id, "parameters": 1, "tensors": 1} | ${at}), flush=True)
sys.stdin.read()`);
  await expect(fixture.engine.ask("verify_adapter", verify)).rejects.toMatchObject({
    code: "engine_crashed",
    cause: { message: expect.stringMatching(why) },
  });
});

test("an interpreter that is not there is a fault of the configuration", () => {
  const command = { python: "/nowhere/python", pythonFolder: tmpdir() };
  expect(() => startChild(command, createTestLogger().log)).toThrowError(
    expect.objectContaining({
      code: "bad_configuration",
      message: expect.stringContaining("/nowhere/python"),
    }),
  );
});

test("a request that the protocol does not allow is refused before it is sent", async () => {
  await using fixture = await startFixture("sys.stdin.read()");
  const refused = fixture.engine.ask("verify_adapter", { ...verify, rank: 0 });
  await expect(refused).rejects.toMatchObject({
    code: "bad_option",
    message: expect.stringContaining("'rank'"),
  });
});
