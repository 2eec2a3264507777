import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { toProblem } from "../parts/problem.ts";
import type { Training } from "../training/training.ts";
import type { Place } from "../workspace/workspace.ts";
import { type Answer, conversationOf, type Exchange, type Side, sides } from "./exchange.ts";

/** One conversation with both sides, the base model and the adapter. */
export type Chat = {
  exchanges: ReadonlySignal<Exchange[]>;
  isAnswering: ReadonlySignal<boolean>;
  hasAdapter: () => boolean;
  ask: (question: string) => Promise<void>;
  /** Leaves the answers as far as they are. */
  stop: () => void;
};

const unanswered: Answer = { text: "", isDone: false, problem: null };

export const createChat = (place: Place, { currentVersion }: Training): Chat => {
  const exchanges = signal<Exchange[]>([]);
  const isAnswering = signal(false);
  let stopping = new AbortController();
  return {
    exchanges,
    isAnswering,
    hasAdapter: () => currentVersion.value !== null,
    async ask(question) {
      stopping = new AbortController();
      const signal = AbortSignal.any([stopping.signal, place.signal]);
      const adapter = currentVersion.value === null ? null : unanswered;
      isAnswering.value = true;
      exchanges.value = [...exchanges.value, { question, answers: { base: unanswered, adapter } }];
      const answering = sides.filter((side) => side === "base" || adapter);
      await Promise.all(answering.map((side) => answer(exchanges, { ...place, signal }, side)));
      isAnswering.value = false;
    },
    stop: () => stopping.abort(),
  };
};

/** Streams one side's answer to the last question. */
const answer = async (exchanges: Signal<Exchange[]>, place: Place, side: Side): Promise<void> => {
  const { client, scope, signal } = place;
  const messages = conversationOf(exchanges.value, side);
  const version = side === "base" ? "base" : "current";
  try {
    const request = { ...scope, version, messages };
    for await (const event of await client.chat.mutate(request, { signal })) {
      if (event.type === "token") change(exchanges, side, ({ text }) => ({ text: text + event.text }));
    }
  } catch (error) {
    if (!signal.aborted) change(exchanges, side, () => ({ problem: toProblem(error) }));
  }
  change(exchanges, side, () => ({ isDone: true }));
};

const change = (
  exchanges: Signal<Exchange[]>,
  side: Side,
  changed: (answer: Answer) => Partial<Answer>,
): void => {
  const last = exchanges.value.at(-1);
  const answer = last?.answers[side];
  if (!last || !answer) return;
  const answers = { ...last.answers, [side]: { ...answer, ...changed(answer) } };
  exchanges.value = [...exchanges.value.slice(0, -1), { ...last, answers }];
};
