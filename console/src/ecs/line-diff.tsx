import { diffLines } from "./diff-lines.ts";
import "./line-diff.css";

const signs = { same: " ", removed: "-", added: "+" } as const;

/** Two texts, line by line: what went and what came. */
export function LineDiff({
  label,
  before,
  after,
}: {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <section className="line-diff" tabIndex={0} aria-label={label}>
      {diffLines(before.split("\n"), after.split("\n")).map(({ kind, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place.
        <pre key={index} className={kind}>
          {signs[kind]} {text}
        </pre>
      ))}
    </section>
  );
}
