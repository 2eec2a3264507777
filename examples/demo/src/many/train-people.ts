import type { Demo } from "../demo.ts";
import { watchUntilEnd } from "../watch-until-end.ts";
import { type Board, createBoard } from "./board.ts";
import type { Person } from "./people.ts";

const options = {
  evaluation: "none",
  hyperparameters: { epochs: 1, batchSize: 2, learningRate: 5e-4, seed: 7 },
} as const;

/** What came of training everybody: their versions, in the people's order, and the seconds from first to last. */
export type Trained = { versions: string[]; seconds: number };

/** All at once; the versions become current. */
export const trainTogether = async (demo: Demo, people: Person[]): Promise<Trained> => {
  demo.screen.step(`Train all ${people.length} at once, in common passes through one base model`);
  const board = createBoard(people, demo.screen);
  const began = performance.now();
  const versions = await Promise.all(
    people.map((person) => trainOne(demo, person, { board, publish: "current" })),
  );
  return { versions, seconds: secondsSince(began) };
};

/** The same runs one after the other, each with the engine to itself; the versions stay candidates. */
export const trainAlone = async (demo: Demo, people: Person[]): Promise<Trained> => {
  demo.screen.step("Train each once more, alone, one after the other");
  const board = createBoard(people, demo.screen);
  const began = performance.now();
  const versions: string[] = [];
  for (const person of people) versions.push(await trainOne(demo, person, { board, publish: "candidate" }));
  return { versions, seconds: secondsSince(began) };
};

const trainOne = async (
  demo: Demo,
  person: Person,
  { board, publish }: { board: Board; publish: "current" | "candidate" },
): Promise<string> => {
  const { id: runId } = await demo.client.train.start.mutate({ ...person.scope, ...options, publish });
  const { data } = await watchUntilEnd(demo, { ...person.scope, runId }, (event) => board(person, event));
  return data.versionId;
};

const secondsSince = (began: number): number => (performance.now() - began) / 1000;
