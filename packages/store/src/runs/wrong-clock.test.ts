import { afterEach, expect, test, vi } from "vitest";
import { openQueuedRun } from "../testing/open-run.ts";
import { testProgress } from "../testing/run-records.ts";
import { expireLease, testEngineKey } from "../testing/scenario.ts";
import { claimRun, getRun, recordProgress, renewLease, sweepExpiredLeases } from "./index.ts";

afterEach(() => {
  vi.useRealTimers();
});

const claim = { engineKey: testEngineKey, leaseSeconds: 30 };

/** As `date -s` on a worker's or a host's machine, where the database keeps its own time. */
const setClock = (year: number): void => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(`${year}-01-01`) });
};

test.each([1999, 2199])(
  "a worker and a host whose clocks say %d neither lose a lease nor keep one",
  async (year) => {
    await using opened = await openQueuedRun();
    const { store, scope, run } = opened;
    setClock(year);
    const first = { runId: run.id, attempt: 1 };
    expect(await claimRun(store, { ...claim, workerId: "first" })).toMatchObject({ id: run.id, attempt: 1 });
    await recordProgress(store, first, testProgress);
    expect(await renewLease(store, { ...first, leaseSeconds: 30 })).toMatchObject({ cancelRequested: false });
    expect(await sweepExpiredLeases(store)).toBe(0);
    expect(await claimRun(store, { ...claim, workerId: "second" })).toBeUndefined();

    await expireLease(store, run.id);
    expect(await renewLease(store, { ...first, leaseSeconds: 30 })).toBe("lost");
    await expect(recordProgress(store, first, testProgress)).rejects.toMatchObject({ code: "lease_lost" });
    expect(await sweepExpiredLeases(store)).toBe(1);
    expect(await claimRun(store, { ...claim, workerId: "second" })).toMatchObject({ id: run.id, attempt: 2 });
    expect((await getRun(store, scope, run.id)).leaseExpiresAt?.getFullYear()).not.toBe(year);
  },
);

test("a clock that jumps in the middle of a run changes nothing of its lease", async () => {
  await using opened = await openQueuedRun();
  const { store, run } = opened;
  const first = { runId: run.id, attempt: 1 };
  await claimRun(store, { ...claim, workerId: "first" });
  for (const year of [2199, 1999]) {
    setClock(year);
    expect(await renewLease(store, { ...first, leaseSeconds: 30 })).toMatchObject({ cancelRequested: false });
    expect(await sweepExpiredLeases(store)).toBe(0);
  }
});
