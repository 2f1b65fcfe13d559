import type { Row } from "./measure.ts";

const heads = ["measure", "Roadstead", "peer", "peer's", "ratio", "aim"];

/** The table, in Markdown, its columns aligned. */
export function renderTable(rows: readonly Row[]): string {
  const lines = [heads, ...rows.map(cells)];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const render = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  const [first = heads, ...rest] = lines;
  return [render(first), rule, ...rest.map(render)].join("\n");
}

function cells(row: Row): string[] {
  const ratio = row.ratio === undefined ? "" : `${row.ratio.toFixed(row.ratio < 10 ? 2 : 1)}×`;
  return [row.what, row.ours, row.peer ?? "", row.peerValue ?? "", ratio, row.aim ?? ""];
}
