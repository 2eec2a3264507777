/** A bar; without `value` it only says that something goes on. */
export const ProgressBar = ({ label, value }: { label: string; value?: number | undefined }) => (
  <progress aria-label={label} max={1} value={value} />
);
