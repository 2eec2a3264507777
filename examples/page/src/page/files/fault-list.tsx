import type { StoredFile } from "@loraloom/client";
import { furtherOf } from "./about-file.ts";

type Fault = NonNullable<StoredFile["report"]>["faults"][number];

type FaultListProps = { thing: "fault" | "warning"; total: number; faults: Fault[] };

/** What is wrong with a file, line by line. */
export const FaultList = ({ thing, total, faults }: FaultListProps) => {
  if (total === 0) return null;
  const further = furtherOf(total, faults.length, thing);
  return (
    <details class={`faults ${thing}`} open={thing === "fault"}>
      <summary>
        {total} {total === 1 ? thing : `${thing}s`}
      </summary>
      <ul>
        {faults.map((fault, index) => (
          <li key={index}>
            <span class="where">{fault.line === null ? "file" : `line ${fault.line}`}</span>
            <span>
              {fault.message} <code>{fault.code}</code> {fault.path && <code>{fault.path}</code>}
            </span>
          </li>
        ))}
        {further && <li class="quiet">{further}</li>}
      </ul>
    </details>
  );
};
