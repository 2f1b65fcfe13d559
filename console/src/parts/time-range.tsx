import Select from "@cloudscape-design/components/select";
import { useSearchParams } from "react-router";

/** How far a page looks back, by what the address says, in minutes. */
const ranges: readonly (readonly [string, string, number])[] = [
  ["15m", "15 minutes", 15],
  ["1h", "1 hour", 60],
  ["3h", "3 hours", 180],
  ["12h", "12 hours", 720],
  ["1d", "1 day", 1_440],
  ["3d", "3 days", 4_320],
  ["1w", "1 week", 10_080],
];

/** A stretch of time that ends now. */
export interface TimeRange {
  /** How long it is, in seconds. */
  readonly seconds: number;
  /** What it is called in the address. */
  readonly id: string;
}

/** The stretch that the address names (`?range=3h`), an hour unless it names another. */
export function useTimeRange(otherwise = "1h"): TimeRange {
  const [parameters] = useSearchParams();
  const named = parameters.get("range") ?? otherwise;
  const [id, , minutes] = ranges.find(([one]) => one === named) ?? ["1h", "", 60];
  return { id, seconds: minutes * 60 };
}

/** Its end and its beginning, as times. */
export function timesOf(
  { seconds }: TimeRange,
  now = Date.now(),
): { readonly from: Date; readonly to: Date } {
  return { from: new Date(now - seconds * 1000), to: new Date(now) };
}

/** Chooses the stretch, in the address. */
export function TimeRangeSelect({ range }: { readonly range: TimeRange }) {
  const [, setParameters] = useSearchParams();
  const options = ranges.map(([value, label]) => ({ value, label }));
  return (
    <Select
      ariaLabel="Time range"
      options={options}
      selectedOption={options.find(({ value }) => value === range.id) ?? null}
      onChange={({ detail }) =>
        setParameters((before) => {
          before.set("range", detail.selectedOption.value ?? "1h");
          return before;
        })
      }
    />
  );
}
