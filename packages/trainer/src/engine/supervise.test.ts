import { engineKeyOf } from "@loraloom/store/env";
import { createTestLogger, type LoggedLine } from "@loraloom/store/testing";
import { expect, test, vi } from "vitest";
import { writeFixtureEngine } from "../../tests/support/fixture-engine.ts";
import { superviseEngine } from "./supervise.ts";

/** Loads the base model; what comes then is up to the test. */
const loading = `
answer(type="ready", seq=1, id=json.loads(input())["id"], protocol=1, engine_version="1", device="cpu",
  device_name="cpu", torch_version="1", threads=1, total_memory_bytes=1, free_memory_bytes=1)
answer(type="base_loaded", seq=2, id=json.loads(input())["id"], model_id="test/tiny", revision="main",
  dtype="float32", quantization="none", vocab_size=1, parameters=1, context_length=1, pass_tokens=1, linear_modules=[],
  seconds=0)
`;
const base = {
  modelId: "test/tiny",
  revision: "main",
  dtype: "float32",
  quantization: "none",
  path: "/nowhere",
} as const;

const loads = `answer(type="base_loaded", seq=2, id=json.loads(input())["id"], model_id="test/tiny"`;
const loadsAfter = (condition: string) =>
  loading.replace(
    loads,
    `asked = json.loads(input())\n${condition}\n${loads.replace('json.loads(input())["id"]', 'asked["id"]')}`,
  );
const dyingOn = (modelId: string) =>
  loadsAfter(`if asked["model_id"] == "${modelId}": os.kill(os.getpid(), signal.SIGKILL)`);
const refusingFirst = loadsAfter(
  `if asked["model_id"] == "test/tiny":
  answer(type="error", seq=2, id=asked["id"], code="unsupported_base_model", message="No.", details={})
  sys.exit(0)`,
);
/** Nobody waits for its end. */
const endlessPauses = () => ({ after: () => 3_600_000, reset: () => {} });
const crashesOf = (logged: LoggedLine[]) =>
  logged.filter(({ message }) => message === "the engine ended; starting it again");
const crashed = (logged: LoggedLine[], times: number): Promise<void> =>
  vi.waitFor(() => expect(crashesOf(logged)).toHaveLength(times), { timeout: 100_000, interval: 10 });

test("an engine that ends soon after each load is started again after longer and longer pauses", async () => {
  await using command = await writeFixtureEngine(`${loading}sys.exit(3)`);
  const { log, logged } = createTestLogger();
  const began = performance.now();
  await using _engine = await superviseEngine({ command, base }, log);
  await crashed(logged, 3);
  expect(crashesOf(logged).map(({ fields }) => fields)).toMatchObject([
    { pauseMilliseconds: 0 },
    { pauseMilliseconds: 500 },
    { pauseMilliseconds: 1_000 },
  ]);
  expect(performance.now() - began).toBeGreaterThan(500);
});

test("an engine that is asked for during a pause is started at once", async () => {
  await using command = await writeFixtureEngine(`${loading}sys.exit(3)`);
  const { log, logged } = createTestLogger();
  await using engine = await superviseEngine({ command, base }, log, endlessPauses());
  await crashed(logged, 1);
  engine.restart();
  await crashed(logged, 2);
});

test("a worker that ends during a pause waits for nothing", async () => {
  await using command = await writeFixtureEngine(`${loading}sys.exit(3)`);
  const { log, logged } = createTestLogger();
  const engine = await superviseEngine({ command, base }, log, endlessPauses());
  await crashed(logged, 1);
  await engine[Symbol.asyncDispose]();
  expect(crashesOf(logged)).toHaveLength(1);
});

test("a base whose load kills the engine each time is given up, and the one before is loaded again", async () => {
  await using command = await writeFixtureEngine(`${dyingOn("test/second")}input()`);
  const { log } = createTestLogger();
  const second = { ...base, modelId: "test/second" };
  await using engine = await superviseEngine({ command, base, furtherBases: [second] }, log);
  engine.restart(second);
  await engine.whenReady(new AbortController().signal);
  expect(engine.current().engineKey).toBe(engineKeyOf(base));
  expect(engine.refusals.get(engineKeyOf(second))).toMatchObject({ code: "engine_crashed" });
});

test("a worker whose first base is refused begins with the next", async () => {
  await using command = await writeFixtureEngine(`${refusingFirst}input()`);
  const { log } = createTestLogger();
  const second = { ...base, modelId: "test/second" };
  await using engine = await superviseEngine({ command, base, furtherBases: [second] }, log);
  expect(engine.current().engineKey).toBe(engineKeyOf(second));
  expect(engine.refusals.get(engineKeyOf(base))).toMatchObject({ code: "unsupported_base_model" });
});

test("a first base whose load kills the engine each time gives way to the next too", async () => {
  await using command = await writeFixtureEngine(`${dyingOn("test/tiny")}input()`);
  const { log } = createTestLogger();
  const second = { ...base, modelId: "test/second" };
  await using engine = await superviseEngine({ command, base, furtherBases: [second] }, log);
  expect(engine.current().engineKey).toBe(engineKeyOf(second));
  expect(engine.refusals.get(engineKeyOf(base))).toMatchObject({ code: "engine_crashed" });
});
