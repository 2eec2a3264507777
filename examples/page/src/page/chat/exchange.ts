import type { Problem } from "../parts/problem.ts";

/** Who answers. */
export const sides = ["base", "adapter"] as const;
export type Side = (typeof sides)[number];

export type Answer = { text: string; isDone: boolean; problem: Problem | null };

/** A question with an answer of each side; null where there was no adapter yet. */
export type Exchange = { question: string; answers: Record<Side, Answer | null> };

type Message = { role: "user" | "assistant"; content: string };

/** The conversation as one side knows it: every question, with that side's own answers. */
export const conversationOf = (exchanges: Exchange[], side: Side): Message[] =>
  exchanges.flatMap(({ question, answers }): Message[] => {
    const asked: Message = { role: "user", content: question };
    const answer = answers[side];
    if (!answer?.isDone) return [asked];
    // What failed or was stopped before its first word is no turn of a conversation.
    return answer.text ? [asked, { role: "assistant", content: answer.text }] : [];
  });
