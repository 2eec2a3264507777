import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openChaosFolder } from "./chaos-folder.ts";
import { followFaults, type Injected } from "./faults/follow-faults.ts";
import { checkInvariants } from "./invariants/check-invariants.ts";
import type { LimitSample } from "./invariants/limits.ts";
import { readFacts } from "./invariants/read-facts.ts";
import type { Violation } from "./invariants/violation.ts";
import { type Counts, countEverything } from "./report/counts.ts";
import { isAboutFiles } from "./schedule/plan-intents.ts";
import { planSchedule, type Schedule, userCount } from "./schedule/schedule.ts";
import { sampleLimits } from "./service/sample-limits.ts";
import { type Service, startService } from "./service/start-service.ts";
import { untilAtRest, untilSwept } from "./settle.ts";
import type { Size } from "./sizes.ts";
import { type Diary, writeDiary } from "./users/diary.ts";
import { followIntents } from "./users/follow-intents.ts";
import { createUser, type User } from "./users/user.ts";

export type ChaosOptions = {
  seed: number;
  size: Size;
  /** Tells what happens, a line at a time. */
  report: (line: string) => void;
  /** Ends everything in order. */
  signal: AbortSignal;
};
export type ChaosResult = {
  seed: number;
  /** The digest of the schedule. */
  schedule: string;
  counts: Counts;
  violations: Violation[];
  /** Of the data; it is gone where nothing was violated. */
  folder: string;
};

/**
 * Runs a whole service of its own under faults, lets it come to rest, and holds what is then in the database and in the
 * object store against what its users were told.
 *
 * @throws LoraloomError `part_failed`; the signal's reason when it is aborted
 */
export const runChaos = async ({ seed, size, report, signal }: ChaosOptions): Promise<ChaosResult> => {
  const schedule = planSchedule(seed, size.pace);
  report(`seed ${seed}, schedule ${schedule.digest}, ${schedule.faults.length} faults`);
  await using folder = await openChaosFolder();
  signal.addEventListener("abort", folder.discard, { once: true });
  await using service = await startService(folder.path, { report, signal });
  report(`2 hosts are ready, 3 workers load; everything is in ${folder.path}`);
  service.workers.then(
    () => report("3 workers are ready"),
    // Why is told by what waits for them.
    () => undefined,
  );
  const { injected, diaries, limits } = await live(service, schedule, { size, report, signal });
  const facts = await readFacts(service.sources);
  const written = diaries.map(writeDiary);
  const faults = { planned: schedule.faults, injected };
  const observed = { ...size.wanted, faults, received: service.receiver.received, limits };
  const violations = await checkInvariants(facts, written, observed);
  if (violations.length === 0) folder.discard();
  else await writeFile(join(folder.path, "diaries.json"), JSON.stringify(written, null, 2));
  const counts = countEverything(facts, { injected, diaries, received: observed.received });
  return { seed, schedule: schedule.digest, counts, violations, folder: folder.path };
};

type LiveOptions = Pick<ChaosOptions, "size" | "report" | "signal">;
type Lived = { injected: Injected[]; diaries: Diary[]; limits: LimitSample[] };

/** Users and faults beside each other, and then, without faults, everything to its end. */
const live = async (
  service: Service,
  schedule: Schedule,
  { size, report, signal }: LiveOptions,
): Promise<Lived> => {
  const { seconds } = size.pace.faults;
  const longestMs = Math.ceil((seconds + size.settleSeconds) * 1000);
  const deadline = performance.now() + longestMs;
  const patience = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  const users = await createUsers(service, { limits: size.limits, signal: patience });
  using sampling = abortedAtEnd();
  const sampled = sampleLimits(service.sources.databaseUrl, sampling.signal);
  const [injected, watchers] = await Promise.all([
    followFaults(service, schedule.faults, { report, signal }),
    followAll(users, schedule, { seconds }),
  ]);
  report("no more faults; whatever was begun is carried to its end");
  const settling = { deadline, signal, report };
  await untilAtRest(service, settling);
  await Promise.all(watchers);
  await untilSwept(service, settling);
  signal.throwIfAborted();
  sampling.abort();
  return { injected, diaries: users.map(({ diary }) => diary), limits: await sampled };
};

const abortedAtEnd = (): AbortController & Disposable => {
  const controller = new AbortController();
  return Object.assign(controller, { [Symbol.dispose]: () => controller.abort() });
};

const nameOf = (index: number): string => `user-${(index % userCount) + 1}`;

/** Each knows the next one, whom they share their avatar with. */
const createUsers = async (
  service: Service,
  { limits, signal }: Pick<Size, "limits"> & { signal: AbortSignal },
): Promise<User[]> => {
  const users = await Promise.all(
    Array.from({ length: userCount }, (_, index) => {
      const options = { limits: limits[index] ?? {}, sharedWith: nameOf(index + 1), signal };
      return createUser(service, nameOf(index), options);
    }),
  );
  return users.map((user, index) => Object.assign(user, { friend: users[(index + 1) % userCount] }));
};

const followAll = async (
  users: User[],
  { intents }: Schedule,
  options: { seconds: number },
): Promise<Promise<void>[]> => {
  const rows = users.flatMap((user, index) => {
    const wishes = intents[index] ?? [];
    const [files, others] = [wishes.filter(isAboutFiles), wishes.filter((wish) => !isAboutFiles(wish))];
    return [followIntents(user, files, options), followIntents(user, others, options)];
  });
  return (await Promise.all(rows)).flat();
};
