const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 120;

/** One line for a step while it runs and one when it is done; on a terminal the line moves. */
export const showProgress = async ({ name, duration }, run) => {
  const start = performance.now();
  const stop = process.stdout.isTTY ? spin(`${name} (${duration})`, start) : announce(name, duration);
  try {
    await run();
  } finally {
    stop();
  }
  console.log(`✓ ${name}: ${elapsed(start)}`);
};

const announce = (name, duration) => {
  console.log(`  ${name} (${duration}) …`);
  return () => {};
};

const spin = (text, start) => {
  let frame = 0;
  const draw = () =>
    process.stdout.write(`\r\x1b[K${frames[frame++ % frames.length]} ${text} ${elapsed(start)}`);
  const timer = setInterval(draw, frameMs);
  draw();
  return () => {
    clearInterval(timer);
    process.stdout.write("\r\x1b[K");
  };
};

const elapsed = (start) => `${Math.round((performance.now() - start) / 1000)} s`;
