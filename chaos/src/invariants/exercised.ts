import type { Received } from "../receiver/start-receiver.ts";
import type { WrittenDiary } from "../users/diary.ts";
import type { LimitSample } from "./limits.ts";
import type { Facts } from "./read-facts.ts";
import { type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("what is to be shown has happened");

/** What has to have happened at least once: where it never did, nothing of it was tried. */
export type Wanted = {
  /** Outcomes of wishes, as the diaries count them. */
  outcomes: string[];
};

export const checkExercised = (
  { runs }: Facts,
  diaries: WrittenDiary[],
  { received, outcomes, limits }: Wanted & { received: Received[]; limits: LimitSample[] },
): Violation[] => {
  const told = diaries.flatMap((diary) => diary.runs);
  const counted = new Map(diaries.flatMap((diary) => diary.outcomes));
  const happened: [what: string, isSo: boolean][] = [
    ["a run is completed", runs.some(({ status }) => status === "completed")],
    ["a run is watched to its end by the client", told.some(({ by, isOver }) => by === "client" && isOver)],
    ["a run is watched to its end by plain HTTP", told.some(({ by, isOver }) => by === "http" && isOver)],
    ["a webhook is delivered", received.length > 0],
    ["runs are counted beside their limits", limits.length > 0],
    ...outcomes.map((outcome): [string, boolean] => [`'${outcome}'`, counted.has(outcome)]),
  ];
  return happened
    .filter(([, isSo]) => !isSo)
    .map(([what]) =>
      violation("all users", `never: ${what}`, "select status, count(*) from runs group by 1"),
    );
};
