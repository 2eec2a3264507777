import type { WrittenDiary } from "../users/diary.ts";
import type { Facts } from "./read-facts.ts";
import { literal, type Violation, violationsOf } from "./violation.ts";

const lost = violationsOf("every id that a client was told exists");
const answers = violationsOf("answers agree with each other, and each failure can be acted on");

export const checkAcknowledged = ({ runs, versions }: Facts, diaries: WrittenDiary[]): Violation[] => {
  const known = new Set([...runs, ...versions].map(({ id }) => id));
  return diaries.flatMap((diary) => {
    const kept = diary.runs.filter(({ deleted }) => !deleted);
    const told = [...kept.map(({ runId }) => runId), ...diary.versions];
    const gone = told.filter((id) => !known.has(id));
    const wrong = [...diary.contradictions, ...diary.complaints];
    const look = `select * from audit_log where user_id = ${literal(diary.userId)} order by at`;
    return [
      ...gone.map((id) => lost(id, `was told to ${diary.userId}, and is not there`, look)),
      ...wrong.map((message) => answers(diary.userId, message, look)),
    ];
  });
};
