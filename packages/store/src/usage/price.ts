import { z } from "zod";

/** `currency` null: the number alone is shown. */
export type Price = { perGpuHour: number; currency: string | null };

/** Of any currency, and far from what a slip of the keyboard makes of a price. */
const maxPerGpuHour = 1_000_000;

export const priceEnvShape = {
  LORALOOM_PRICE_PER_GPU_HOUR: z.coerce
    .number()
    .nonnegative()
    .max(maxPerGpuHour)
    .optional()
    .describe("What an hour of training costs; previews say what a run will cost, and runs what they did"),
  LORALOOM_CURRENCY: z.string().max(20).optional().describe("What that price is in, such as EUR"),
};

type PriceEnv = z.infer<z.ZodObject<typeof priceEnvShape>>;

/** The price of a parsed environment; left out: nobody is told what a run costs. */
export const toPrice = (env: PriceEnv): Price | undefined => {
  const perGpuHour = env.LORALOOM_PRICE_PER_GPU_HOUR;
  return perGpuHour === undefined ? undefined : { perGpuHour, currency: env.LORALOOM_CURRENCY ?? null };
};

const secondsOfHour = 3_600;

/** What so many seconds cost; 0 without a price. */
export const costOfSeconds = (seconds: number, price: Price | undefined): number =>
  (seconds / secondsOfHour) * (price?.perGpuHour ?? 0);
