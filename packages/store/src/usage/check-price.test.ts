import { expect, test } from "vitest";
import { claimRun, getRun } from "../runs/index.ts";
import { openTestStore } from "../testing/index.ts";
import { prepareAvatar, queueRun, testEngineKey } from "../testing/scenario.ts";
import { addUsage } from "../testing/usage.ts";
import { checkPrice, setLimits } from "./index.ts";

const claim = { workerId: "worker", engineKey: testEngineKey, leaseSeconds: 30 };
const price = { perGpuHour: 36, currency: "EUR" };
const refused = {
  code: "bad_configuration",
  details: { variables: ["LORALOOM_PRICE_PER_GPU_HOUR"] },
};

test("a worker without a price neither starts nor takes a run while any user's cost is limited", async () => {
  await using store = await openTestStore();
  const scope = await prepareAvatar(store);
  const run = await queueRun(store, scope);
  await checkPrice(store);
  await setLimits(store, "somebody", { costPerMonth: 5 });
  await expect(checkPrice(store)).rejects.toMatchObject(refused);
  await expect(claimRun(store, claim)).rejects.toMatchObject(refused);
  expect(await getRun(store, scope, run.id)).toMatchObject({ status: "queued", attempt: 0 });
  await checkPrice({ ...store, price });
  expect(await claimRun({ ...store, price }, claim)).toMatchObject({ id: run.id, attempt: 1 });
});

test("a limit that was lifted asks for no price", async () => {
  await using store = await openTestStore();
  await setLimits(store, undefined, { costPerMonth: 5 });
  await setLimits(store, undefined, { costPerMonth: null });
  await expect(checkPrice(store)).resolves.toBeUndefined();
});

test("a worker that bills another price than was billed last says so once, by the variable's name", async () => {
  await using store = await openTestStore();
  const warned = () => store.logged.filter(({ level }) => level === "warn");
  await addUsage(store, { userId: "ada", gpuSeconds: 100, cost: 1 });
  await checkPrice({ ...store, price });
  expect(warned()).toEqual([]);
  await checkPrice(store);
  await checkPrice({ ...store, price: { ...price, perGpuHour: 40 } });
  expect(warned()).toEqual([
    expect.objectContaining({ fields: expect.objectContaining({ price: 0, billedLast: 36 }) }),
    expect.objectContaining({ message: expect.stringContaining("LORALOOM_PRICE_PER_GPU_HOUR") }),
  ]);
});
