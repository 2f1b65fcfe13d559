import type { LogGroup } from "@aws-sdk/client-cloudwatch-logs";

/** How long a log group keeps its events, in words. */
export function retentionOf({ retentionInDays: days }: LogGroup): string {
  if (days === undefined) return "Never expire";
  return days === 1 ? "1 day" : `${days} days`;
}
