import { AnswerColumn } from "./answer-column.tsx";
import type { Chat } from "./chat.ts";
import { QuestionForm } from "./question-form.tsx";

/** The same question to the base model and to the adapter, side by side. */
export const ChatPanel = ({ chat }: { chat: Chat }) => (
  <section class="panel chat" aria-labelledby="chat-title">
    <h2 id="chat-title">Chat</h2>
    {chat.exchanges.value.length === 0 && (
      <p class="empty">
        {chat.hasAdapter()
          ? "The base model and the adapter answer side by side."
          : "The base model answers now, the adapter beside it once it is trained."}
      </p>
    )}
    <ol class="exchanges">
      {chat.exchanges.value.map(({ question, answers }, index) => (
        <li key={index}>
          <p class="asked">{question}</p>
          <div class="answers">
            <AnswerColumn title="Base model" answer={answers.base} />
            <AnswerColumn title="Adapter" answer={answers.adapter} />
          </div>
        </li>
      ))}
    </ol>
    <QuestionForm chat={chat} />
  </section>
);
