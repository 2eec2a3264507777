import { useSignal } from "@preact/signals";
import type { TargetedKeyboardEvent, TargetedSubmitEvent } from "preact";
import type { Chat } from "./chat.ts";

/** Enter asks; Shift and Enter begin a new line. */
export const QuestionForm = ({ chat }: { chat: Chat }) => {
  const question = useSignal("");
  const isAnswering = chat.isAnswering.value;
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const asked = question.value.trim();
    if (!asked || isAnswering) return;
    question.value = "";
    void chat.ask(asked);
  };
  const enter = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  };
  return (
    <form class="question" onSubmit={submit}>
      <label class="unseen" for="question">
        Question
      </label>
      <textarea
        id="question"
        rows={2}
        placeholder="Ask both something"
        value={question}
        onInput={({ currentTarget }) => {
          question.value = currentTarget.value;
        }}
        onKeyDown={enter}
      />
      {isAnswering ? (
        <button type="button" class="plain" onClick={chat.stop}>
          Stop
        </button>
      ) : (
        <button type="submit" class="primary" disabled={question.value.trim() === ""}>
          Ask
        </button>
      )}
    </form>
  );
};
