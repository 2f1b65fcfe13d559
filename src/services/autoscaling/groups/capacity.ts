import { causeTime } from "../activities/activity.ts";
import type { GroupDocument } from "./group.ts";

/** A group whose desired capacity is within its sizes. */
export function withinBounds(document: GroupDocument): GroupDocument {
  const { min, max, desired } = document;
  const bounded = Math.min(Math.max(desired, min), max);
  return bounded === desired ? document : { ...document, desired: bounded };
}

/** What a change of the desired capacity is called in the causes of what follows. */
export function intentOf(now: number, what: string, from: number, to: number): { readonly intent?: string } {
  if (from === to) return {};
  return { intent: `At ${causeTime(now)} ${what} changing the desired capacity from ${from} to ${to}.` };
}
