import type { Facts } from "./read-facts.ts";
import { literal, type Violation, violationsOf } from "./violation.ts";

const violation = violationsOf("a re-run reads what the run before it had frozen, from a copy of its own");

export const checkReruns = ({ runs }: Facts): Violation[] => {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return runs.flatMap((run) => {
    const source = byId.get(run.rerun_of ?? "")?.frozen;
    if (!source || !run.frozen) return [];
    const isSame = run.frozen.rowsSha256 === source.rowsSha256;
    const isOwn = run.frozen.rowsKey !== source.rowsKey;
    if (isSame && isOwn) return [];
    const fault = isSame ? "reads the very object" : "reads other rows";
    const look = `select id, frozen from runs where id in (${literal(run.id)}, ${literal(run.rerun_of ?? "")})`;
    return violation(`run ${run.id}`, `${fault}, and is a re-run of ${run.rerun_of}`, look);
  });
};
