import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { usageLedger } from "../tables/index.ts";
import { openTestStore } from "../testing/index.ts";
import { readUsage } from "./index.ts";

test.each(["UTC", "America/New_York", "Pacific/Kiritimati"])(
  "days and months turn in UTC, whatever the session's time zone is: %s",
  async (zone) => {
    await using store = await openTestStore();
    const hours: [string, number][] = [
      ["2027-01-31T23:00:00Z", 1],
      ["2027-02-01T00:00:00Z", 10],
      ["2027-02-27T23:00:00Z", 100],
      ["2027-02-28T00:00:00Z", 1_000],
      ["2027-02-28T23:00:00Z", 10_000],
      ["2027-03-01T00:00:00Z", 100_000],
    ];
    await store.db.insert(usageLedger).values(
      hours.map(([hour, amount]) => ({
        ...{ userId: "ada", hour: new Date(hour) },
        ...{ tokens: amount, gpuSeconds: amount / 2, cost: amount / 4 },
      })),
    );
    const at = (moment: string) =>
      store.db.transaction(async (tx) => {
        await tx.execute(sql.raw(`set local time zone '${zone}'`));
        return readUsage(tx, "ada", sql`${moment}::timestamptz`);
      });

    const { day, month } = await at("2027-02-28T23:59:59.999999Z");
    expect(day).toEqual({
      ...{ tokens: 11_000, gpuSeconds: 5_500, cost: 2_750 },
      resetsAt: new Date("2027-03-01T00:00:00Z"),
    });
    expect(month).toMatchObject({ tokens: 11_110, resetsAt: new Date("2027-03-01T00:00:00Z") });

    const turned = await at("2027-03-01T00:00:00Z");
    expect(turned.day).toMatchObject({ tokens: 100_000, resetsAt: new Date("2027-03-02T00:00:00Z") });
    expect(turned.month).toMatchObject({ tokens: 100_000, resetsAt: new Date("2027-04-01T00:00:00Z") });
    expect((await at("2027-12-31T12:00:00Z")).month.resetsAt).toEqual(new Date("2028-01-01T00:00:00Z"));
  },
);
