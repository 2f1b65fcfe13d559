/**
 * Whether a period, in seconds, may be asked for: 1, 5, 10, 20, 30, or whole minutes (API Reference,
 * "GetMetricStatistics", `Period`).
 */
export function validPeriod(period: number): boolean {
  return [1, 5, 10, 20, 30].includes(period) || (period > 0 && period % 60 === 0);
}
