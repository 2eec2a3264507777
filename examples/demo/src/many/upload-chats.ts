import type { Demo } from "../demo.ts";
import { ensureAdapter } from "../ensure-adapter.ts";
import { writeChats } from "./chats.ts";
import type { Person } from "./people.ts";

/** Makes each person's adapter if it is not there yet and uploads their chats by presigned PUT. */
export const uploadChats = async (demo: Demo, people: Person[]): Promise<void> => {
  const { client, screen, signal } = demo;
  const users = new Set(people.map(({ scope }) => scope.userId)).size;
  screen.step(
    `Upload the chats of ${people.length} avatars of ${users === 1 ? "one user" : `${users} users`}`,
  );
  const files = await writeChats(people);
  const uploaded = await Promise.all(
    people.map(async ({ scope }, at) => {
      await ensureAdapter(client, scope);
      return client.uploadTrainingData(files[at] as File, { ...scope, signal, useForTraining: true });
    }),
  );
  const chats = uploaded.map(({ report }) => report?.usableRows ?? 0);
  screen.line(`   ${chats.join(" + ")} chats`);
};
