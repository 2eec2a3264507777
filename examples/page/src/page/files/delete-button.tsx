import { useSignal } from "@preact/signals";

type DeleteButtonProps = { name: string; onDelete: () => void };

/** Asks once more before it deletes; leaving it takes the question back. */
export const DeleteButton = ({ name, onDelete }: DeleteButtonProps) => {
  const asked = useSignal(false);
  const click = () => {
    if (asked.value) onDelete();
    asked.value = !asked.value;
  };
  return (
    <button
      type="button"
      class={asked.value ? "danger" : "plain"}
      aria-label={asked.value ? `Really delete ${name}?` : `Delete ${name}`}
      onClick={click}
      onBlur={() => {
        asked.value = false;
      }}
    >
      {asked.value ? "Really?" : "Delete"}
    </button>
  );
};
