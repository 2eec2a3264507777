import { render } from "preact";
import { toProblem } from "./parts/problem.ts";
import { ProblemNote } from "./parts/problem-note.tsx";
import { App } from "./workspace/app.tsx";
import { openSession } from "./workspace/open-session.ts";

openSession().then(
  (session) => render(<App session={session} />, document.body),
  (error: unknown) => render(<ProblemNote problem={toProblem(error)} />, document.body),
);
