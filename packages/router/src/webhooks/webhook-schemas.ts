import { webhookEvents } from "@loraloom/store/webhooks";
import { z } from "zod";
import { text } from "../schemas/text.ts";

export const webhookId = text.min(1).max(64);
export const deliveryId = text.min(1).max(128);
export const webhookUrl = text.min(1).max(2_000);
export const eventsSchema = z.array(z.enum(webhookEvents)).min(1).max(webhookEvents.length);
/** The ends of a run. */
export const usualEvents: z.output<typeof eventsSchema> = ["run-completed", "run-failed", "run-cancelled"];
export const deliveryState = z.enum(["pending", "delivered", "dead"]);

export const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  events: eventsSchema,
  /** null: of all avatars. */
  avatarId: z.string().nullable(),
  enabled: z.boolean(),
  createdAt: z.date(),
  /** Tries that failed in a row; until then nothing is tried because of them. */
  failures: z.int(),
  restsUntil: z.date().nullable(),
});

/** `secret`, which messages are signed with, is shown this once. */
export const newWebhookSchema = webhookSchema.extend({ secret: z.string() });

export const deliverySchema = z.object({
  id: z.string(),
  webhookId: z.string(),
  type: z.string(),
  /** null: of no run, as of a test. */
  runId: z.string().nullable(),
  state: deliveryState,
  /** Since it was made or called for again. */
  tries: z.int(),
  createdAt: z.date(),
  /** null: no try is to come. */
  nextTryAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  /** The newest tries, the last one last. */
  log: z.array(
    z.object({
      at: z.date(),
      milliseconds: z.int(),
      /** null: there was no answer, and `error` says why. */
      status: z.int().nullable(),
      /** The beginning of what was answered. */
      answer: z.string(),
      error: z.string().nullable(),
    }),
  ),
});
