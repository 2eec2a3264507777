import type { WrittenDiary } from "../users/diary.ts";
import { checkAcknowledged } from "./acknowledged.ts";
import { checkEvents } from "./events.ts";
import { checkDictionaries, checkFiles } from "./files.ts";
import { checkLedger } from "./ledger.ts";
import { checkObjects } from "./objects.ts";
import { checkProjections } from "./projections.ts";
import type { Facts } from "./read-facts.ts";
import { checkRest } from "./rest.ts";
import { checkRunsEnd } from "./runs.ts";
import { checkVersions } from "./versions.ts";
import type { Violation } from "./violation.ts";

/** Everything that must hold once all is at rest and swept. */
export const checkInvariants = async (facts: Facts, diaries: WrittenDiary[]): Promise<Violation[]> => [
  ...checkRest(facts),
  ...checkRunsEnd(facts, diaries),
  ...checkEvents(facts, diaries),
  ...checkLedger(facts),
  ...checkAcknowledged(facts, diaries),
  ...checkFiles(facts, diaries),
  ...(await checkDictionaries(facts)),
  ...(await checkVersions(facts)),
  ...(await checkProjections(facts)),
  ...(await checkObjects(facts)),
];
