import Box from "@cloudscape-design/components/box";
import { lazy, Suspense } from "react";
import type { TimeSeries } from "./time-series.ts";
import { Waiting } from "./waiting.tsx";

const LineChart = lazy(() => import("@cloudscape-design/components/line-chart"));

/** Series of values over time, as lines; their chart is loaded when the first is seen. */
export function TimeChart({
  name,
  series,
  threshold,
  from,
  to,
  height = 240,
}: {
  /** What it shows, for whom cannot see it. */
  readonly name: string;
  readonly series: readonly TimeSeries[];
  /** A line across. */
  readonly threshold?: { readonly title: string; readonly y: number };
  readonly from: Date;
  readonly to: Date;
  /** In pixels. */
  readonly height?: number;
}) {
  const lines = series.map(({ title, points }) => ({ type: "line" as const, title, data: [...points] }));
  const across = threshold === undefined ? [] : [{ type: "threshold" as const, ...threshold }];
  return (
    <Suspense fallback={<Waiting />}>
      <LineChart
        series={[...lines, ...across]}
        xScaleType="time"
        xDomain={[from, to]}
        yDomain={domainOf(series, threshold?.y)}
        height={height}
        hideFilter
        ariaLabel={name}
        i18nStrings={{ xTickFormatter: tick, yTickFormatter: shownValue }}
        empty={
          <Box textAlign="center" color="text-body-secondary">
            No data in this time
          </Box>
        }
      />
    </Suspense>
  );
}

/** From zero, or from below it, to a little above the greatest value. */
function domainOf(series: readonly TimeSeries[], threshold: number | undefined): [number, number] {
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  if (threshold !== undefined) values.push(threshold);
  const least = values.reduce((a, b) => Math.min(a, b), 0);
  const greatest = values.reduce((a, b) => Math.max(a, b), 0);
  return [least, greatest === least ? least + 1 : greatest + (greatest - least) * 0.05];
}

function tick(time: Date | number | string): string {
  return new Date(time).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

function shownValue(value: number): string {
  return value.toLocaleString(undefined, { notation: "compact", maximumFractionDigits: 2 });
}
