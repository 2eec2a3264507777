import type { Received } from "../receiver/start-receiver.ts";
import type { WrittenDiary } from "../users/diary.ts";
import { checkAcknowledged } from "./acknowledged.ts";
import { checkDeletedRuns } from "./deleted-runs.ts";
import { checkEvents } from "./events.ts";
import { checkExercised, type Faults, type Wanted } from "./exercised.ts";
import { checkDictionaries, checkFiles } from "./files.ts";
import { checkLedger } from "./ledger.ts";
import { checkLimits, type LimitSample } from "./limits.ts";
import { checkObjects } from "./objects.ts";
import { checkProjections } from "./projections.ts";
import type { Facts } from "./read-facts.ts";
import { checkReruns } from "./reruns.ts";
import { checkRest } from "./rest.ts";
import { checkRunsEnd } from "./runs.ts";
import { checkShares } from "./shares.ts";
import { checkVersions } from "./versions.ts";
import type { Violation } from "./violation.ts";
import { checkWebhooks } from "./webhooks.ts";

/** What was seen from outside while everything went on. */
export type Observed = Wanted & {
  faults: Faults;
  /** By whoever is sent webhooks. */
  received: Received[];
  limits: LimitSample[];
};

/** Everything that must hold once all is at rest and swept. */
export const checkInvariants = async (
  facts: Facts,
  diaries: WrittenDiary[],
  observed: Observed,
): Promise<Violation[]> => [
  ...checkExercised(facts, diaries, observed),
  ...checkRest(facts),
  ...checkRunsEnd(facts, diaries),
  ...checkEvents(facts, diaries),
  ...checkReruns(facts),
  ...checkDeletedRuns(facts, diaries),
  ...checkLedger(facts, diaries),
  ...checkLimits(diaries, observed.limits),
  ...checkShares(facts, diaries),
  ...checkWebhooks(facts, diaries, observed.received),
  ...checkAcknowledged(facts, diaries),
  ...checkFiles(facts, diaries),
  ...(await checkDictionaries(facts)),
  ...(await checkVersions(facts)),
  ...(await checkProjections(facts)),
  ...(await checkObjects(facts)),
];
