import { afterAll, beforeAll, expect, test } from "vitest";
import { gatewayToken } from "../../client/tests/start-live-server.ts";
import {
  type Behaviour,
  done,
  type FixtureGateway,
  startFixtureGateway,
} from "../../host/src/testing/fixture-gateway.ts";
import { openTestCli, type TestCli } from "./open-cli.ts";
import { runInTerminal } from "./run-in-terminal.ts";

const cleanup = new AsyncDisposableStack();
let cli: TestCli;
let gateway: FixtureGateway;
beforeAll(async () => {
  cli = cleanup.use(await openTestCli());
  gateway = cleanup.use(
    await startFixtureGateway(cli.server.store, {
      id: "01",
      token: gatewayToken,
      engineKey: "HuggingFaceTB/SmolLM2-135M-Instruct@main/float32/none",
      behaviour: (...args) => behaviour(...args),
    }),
  );
});
afterAll(() => cleanup.disposeAsync());

/** Says what it was told last; the second word of a long story never comes. */
const behaviour: Behaviour = (write, response) => {
  const asked = saidIn(gateway.requests.at(-1)).at(-1);
  if (asked === "a long story") return write({ type: "token", text: "Once" });
  for (const text of ["You said ", `'${asked}'`, ".\u001b[2J"]) write({ type: "token", text });
  write(done);
  response.end();
};

type Request = FixtureGateway["requests"][number];

const saidIn = (request: Request | undefined): string[] =>
  request && "messages" in request ? request.messages.map(({ content }) => content) : [];

test("answers a prompt, or what stands on stdin, and ends", async () => {
  const options = [
    "--base",
    "--system",
    "Be short.",
    "--max-tokens",
    "9",
    "--temperature",
    "0",
    "--stop",
    "X",
  ];
  expect(await cli.run(["chat", ...options, "Who", "are you?"])).toMatchObject({
    exitCode: 0,
    stdout: "You said 'Who are you?'.\uFFFD[2J",
    stderr: "",
  });
  expect(gateway.requests.at(-1)).toMatchObject({
    messages: [
      { role: "system", content: "Be short." },
      { role: "user", content: "Who are you?" },
    ],
    maxTokens: 9,
    temperature: 0,
    stop: ["X"],
  });
  const piped = await cli.run(["chat", "--base", "--json"], { input: "From a file." });
  const events = piped.stdout.split("\n").map((line) => JSON.parse(line));
  expect(events.map(({ type }) => type)).toEqual(["token", "token", "token", "done"]);
  expect(await cli.run(["chat", "--base"], { input: " " })).toMatchObject({ exitCode: 2 });
});

test("every way to choose tokens goes along, and --json shows their log-probabilities", async () => {
  const options = ["--top-k", "40", "--min-p", "0.05", "--repetition-penalty", "1.1", "--logprobs", "3"];
  await cli.run(["chat", "--base", "--json", ...options, "Hello"]);
  expect(gateway.requests.at(-1)).toMatchObject({
    topK: 40,
    minP: 0.05,
    repetitionPenalty: 1.1,
    logprobs: 3,
  });
  const refused = await cli.run(["chat", "--base", "--top-k", "0", "Hello"]);
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--top-k") });
});

test("a run that is unknown is refused, and one that is named beside a version", async () => {
  expect(await cli.run(["chat", "--run", "unknown", "Hello"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("unknown"),
  });
  expect(await cli.run(["chat", "--run", "1", "--version", "2", "Hello"])).toMatchObject({ exitCode: 2 });
});

test("an avatar without a version is refused with what to do", async () => {
  expect(await cli.run(["chat", "Hello"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("loraloom adapters create"),
  });
});

test("a conversation remembers what was said, ends an answer with Ctrl-C, forgets and ends when told", async () => {
  const shown = await runInTerminal(["chat", "--base"], { folder: cli.folder, env: cli.env }, [
    { wait: "> ", send: "one\r" },
    { wait: "base model", send: "two\r" },
    { wait: "base model", send: "a long story\r" },
    { wait: "Once", send: "\u0003" },
    { wait: "> ", send: "three\r" },
    { wait: "base model", send: "/reset\r" },
    { wait: "> ", send: "four\r" },
    { wait: "base model", send: "not this\u0003" },
    { wait: "> ", send: "/exit\r" },
  ]);
  expect(shown.exitCode).toBe(0);
  const said = gateway.requests.slice(-5).map(saidIn);
  const answers = { one: "You said 'one'.\u001b[2J", two: "You said 'two'.\u001b[2J" };
  expect(said).toEqual([
    ["one"],
    ["one", answers.one, "two"],
    ["one", answers.one, "two", answers.two, "a long story"],
    ["one", answers.one, "two", answers.two, "a long story", "Once", "three"],
    ["four"],
  ]);
});
