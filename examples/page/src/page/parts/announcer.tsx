import { signal } from "@preact/signals";

const spoken = signal("");

/** Says something to those who don't see the page change. */
export const announce = (text: string): void => {
  spoken.value = text;
};

export const Announcer = () => (
  <p class="unseen" role="status" aria-live="polite">
    {spoken}
  </p>
);
