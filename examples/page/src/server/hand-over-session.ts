import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { type Session, sessionPath } from "../session.ts";

/** Answers the page's own question for its session, and no other page's: the key stands in no URL and no file. */
export const handOverSession = (session: Session): Plugin => ({
  name: "hand-over-session",
  configureServer: ({ middlewares }) => {
    middlewares.use(sessionPath, (request, response) => answer(session, { request, response }));
  },
});

type Exchange = { request: IncomingMessage; response: ServerResponse };

const answer = (session: Session, { request, response }: Exchange): void => {
  // Browsers set this header themselves; no page can.
  const isOwnPage = request.headers["sec-fetch-site"] === "same-origin";
  if (request.method !== "POST" || !isOwnPage) {
    response.writeHead(403).end("Only the page of this server is told.");
    return;
  }
  response
    .writeHead(200, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(session));
};
