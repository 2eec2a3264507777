import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent } from "preact";

type WhoFormProps = { userId: string; avatarId: string; onOpen: (avatarId: string) => void };

/** As whom the page works, and on which avatar; a new name makes a new one. */
export const WhoForm = ({ userId, avatarId, onOpen }: WhoFormProps) => {
  const typed = useSignal(avatarId);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = typed.value.trim();
    if (name) onOpen(name);
  };
  return (
    <form class="who" onSubmit={submit}>
      <span>
        User <strong>{userId}</strong>
      </span>
      <label>
        Avatar{" "}
        <input
          required
          maxLength={128}
          spellcheck={false}
          autocomplete="off"
          value={typed}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value;
          }}
        />
      </label>
      <button type="submit" class="plain" disabled={typed.value.trim() === avatarId}>
        Open
      </button>
    </form>
  );
};
