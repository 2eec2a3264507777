import { type Session, sessionPath } from "../../session.ts";

/** Asks the page's own server which service to use, as whom. */
export const openSession = async (): Promise<Session> => {
  const answer = await fetch(sessionPath, { method: "POST" });
  if (answer.ok) return (await answer.json()) as Session;
  throw new Error(`The page's server answered ${answer.status}: ${await answer.text()}`);
};
