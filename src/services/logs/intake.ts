import type { RejectedLogEventsInfo } from "@aws-sdk/client-cloudwatch-logs";
import { day, hour } from "../../kernel/duration.ts";
import { invalidParameter } from "./faults.ts";

/** One event as it is stored: epoch ms and text. */
export type StoredEvent = readonly [timestamp: number, message: string];

/** What a PutLogEvents call brings. */
export interface GivenEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** What of a call is kept, and what AWS says of the rest. */
export interface Intake {
  readonly events: readonly StoredEvent[];
  /** Of the events that are kept, with `overhead` for each. */
  readonly bytes: number;
  readonly rejected?: RejectedLogEventsInfo;
}

/** API Reference, "PutLogEvents": what each event counts besides its message, and the largest call. Bytes. */
const overhead = 26;
const largestCall = 1_048_576;
/** The oldest and the newest events that are taken, from now. */
const oldest = 14 * day;
const newest = 2 * hour;

/**
 * Decides what of a call is kept (API Reference, "PutLogEvents"). Events must come in order of time and span at most
 * 24 hours; those more than 2 hours ahead, more than 14 days old, or older than the group's retention are dropped, and
 * the answer says from and up to which.
 * @param retention days, or `undefined`.
 * @throws Fault `InvalidParameterException`.
 */
export function takeIn(given: readonly GivenEvent[], now: number, retention: number | undefined): Intake {
  const sizes = given.map(({ message }) => Buffer.byteLength(message, "utf8") + overhead);
  const size = sizes.reduce((sum, one) => sum + one, 0);
  if (size > largestCall) {
    throw invalidParameter(`Upload too large: ${size} bytes exceeds limit of ${largestCall}`);
  }
  for (let i = 1; i < given.length; i++) {
    if (at(given, i).timestamp < at(given, i - 1).timestamp) {
      throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
    }
  }
  if (at(given, given.length - 1).timestamp - at(given, 0).timestamp > day) {
    throw invalidParameter(
      "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    );
  }

  const tooOld = countBefore(given, now - oldest);
  const expired = retention === undefined ? 0 : countBefore(given, now - retention * day);
  const tooNew = countBefore(given, now + newest + 1);
  const from = Math.max(tooOld, expired);
  const events = given.slice(from, tooNew).map(({ timestamp, message }): StoredEvent => [timestamp, message]);
  const rejected: RejectedLogEventsInfo = {
    ...(tooNew < given.length && { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > 0 && { expiredLogEventEndIndex: expired }),
  };
  return {
    events,
    bytes: sizes.slice(from, Math.max(from, tooNew)).reduce((sum, one) => sum + one, 0),
    ...(Object.keys(rejected).length > 0 && { rejected }),
  };
}

/** How many of the events, which are in order, are before a time. */
function countBefore(given: readonly GivenEvent[], time: number): number {
  const first = given.findIndex(({ timestamp }) => timestamp >= time);
  return first < 0 ? given.length : first;
}

function at(given: readonly GivenEvent[], index: number): GivenEvent {
  return given[index] ?? { timestamp: 0, message: "" };
}
