import { create } from "./create.ts";
import { deleteOne } from "./delete.ts";
import { deliveries } from "./deliveries.ts";
import { list } from "./list.ts";
import { redeliver } from "./redeliver.ts";
import { test } from "./test-webhook.ts";
import { update } from "./update.ts";

export const webhooks = { create, list, update, delete: deleteOne, deliveries, redeliver, test };
