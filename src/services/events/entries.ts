import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import type { CallContext } from "../../dispatch/context.ts";
import { isJsonObject, parseJson } from "../../kernel/json.ts";
import { type BusEvent, eventTime } from "./event.ts";

/** One entry of a PutEvents call. */
export type Entry = PutEventsRequestEntry;

/** Why an entry was not taken. */
export interface FailedEntry {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** EventBridge quotas: the size of all entries of a call, in bytes as `entrySize` counts them. */
export const largestCall = 1024 * 1024;

/** The size of an entry ("Calculating PutEvents event entry size", EventBridge User Guide). Bytes. */
export function entrySize({ Time, Source, DetailType, Detail, Resources }: Entry): number {
  const texts = [Source, DetailType, Detail, ...(Resources ?? [])];
  const sum = texts.reduce((size, text) => size + Buffer.byteLength(text ?? "", "utf8"), 0);
  return sum + (Time === undefined ? 0 : 14);
}

/** Makes an event of an entry, or says why not. AWS: sources that begin with `aws.` are AWS's own. */
export function takeEntry(entry: Entry, id: string, ctx: CallContext): BusEvent | FailedEntry {
  for (const member of ["Source", "DetailType", "Detail"] as const) {
    if (!entry[member]) {
      const ErrorMessage = `Parameter ${member} is not valid. Reason: ${member} is a required argument.`;
      return { ErrorCode: "InvalidArgument", ErrorMessage };
    }
  }
  const { Source = "", DetailType = "", Detail = "", Resources = [], Time } = entry;
  if (Source.toLowerCase().startsWith("aws.")) {
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  }
  const detail = parseJson(Detail);
  if (!isJsonObject(detail)) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  return {
    version: "0",
    id,
    "detail-type": DetailType,
    source: Source,
    account: ctx.account,
    time: eventTime(Time?.getTime() ?? ctx.now),
    region: ctx.region,
    resources: Resources,
    detail,
  };
}
