/** Threads, woven. */
export const Logo = () => (
  <svg class="logo" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M7 2v4m0 6v10M17 2v10m0 6v4M12 2v7m0 6v7" />
    <path d="M2 8h14M2 15h3m4 0h13M20 8h2" class="weft" />
  </svg>
);
