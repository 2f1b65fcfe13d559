import { uuid } from "../../../kernel/ids.ts";
import type { Random } from "../../../kernel/random.ts";

/** AWS: a service shows the last hundred. */
const kept = 100;

/** What a service says of itself in DescribeServices. */
export interface ServiceEvent {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly message: string;
}

/** A service's events after more have come. @param messages in the order in which they happened. */
export function addEvents(
  events: readonly ServiceEvent[],
  messages: readonly string[],
  { now, random }: { readonly now: number; readonly random: Random },
): readonly ServiceEvent[] {
  if (messages.length === 0) return events;
  const added = messages.map((message) => ({ id: uuid(random), createdAt: now, message }));
  return [...added.reverse(), ...events].slice(0, kept);
}
