import type { Signal } from "@preact/signals";
import type { Preview, RunWishes } from "./previewing.ts";

type RunWishesProps = { wishes: Signal<RunWishes>; preview: Preview };

/** What may be said about a run; nothing has to be. */
export const RunWishesForm = ({ wishes, preview }: RunWishesProps) => {
  const { skipInvalidRows, holdOut, speaker } = wishes.value;
  const wish = (changed: Partial<RunWishes>) => {
    wishes.value = { ...wishes.value, ...changed };
  };
  const speakers = (preview.data?.speakers ?? []).map(({ name }) => name);
  const hasFaults = (preview.data?.faultCount ?? 0) > 0;
  return (
    <>
      {speakers.length > 0 && (
        <SpeakerChoice speakers={speakers} chosen={speaker} onChange={(name) => wish({ speaker: name })} />
      )}
      <Wish checked={holdOut} onChange={(checked) => wish({ holdOut: checked })}>
        Hold out a tenth of the rows to measure with
      </Wish>
      {(hasFaults || skipInvalidRows) && (
        <Wish checked={skipInvalidRows} onChange={(checked) => wish({ skipInvalidRows: checked })}>
          Train around the rows with faults
        </Wish>
      )}
    </>
  );
};

type WishProps = { checked: boolean; onChange: (checked: boolean) => void; children: string };

const Wish = ({ checked, onChange, children }: WishProps) => (
  <label class="wish">
    <input
      type="checkbox"
      checked={checked}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />{" "}
    {children}
  </label>
);

type SpeakerChoiceProps = { speakers: string[]; chosen: string; onChange: (name: string) => void };

const SpeakerChoice = ({ speakers, chosen, onChange }: SpeakerChoiceProps) => (
  <label class="wish">
    Learn the replies of{" "}
    <select value={chosen} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      <option value="">each dialog's own speaker</option>
      {speakers.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  </label>
);
