import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { Rows } from "../../store/types.ts";
import { type LogGroupKey, logStreamArn } from "./arn.ts";
import { logStreamNotFound } from "./faults.ts";
import type { LogStreamRow, LogsTables } from "./store.ts";

/** The stream. Throws `ResourceNotFoundException`. */
export async function needLogStream(rows: Rows, groupId: string, name: string): Promise<LogStreamRow> {
  const row = await rows
    .tables<LogsTables>()
    .selectFrom("logs_stream")
    .selectAll()
    .where("group_id", "=", groupId)
    .where("name", "=", name)
    .executeTakeFirst();
  if (row === undefined) throw logStreamNotFound();
  return row;
}

/** A stream as DescribeLogStreams shows it. AWS: a stream's `storedBytes` has been 0 since June 2019. */
export function describeLogStream(group: LogGroupKey, row: LogStreamRow): logs.LogStream {
  const known = (time: number) => (time === 0 ? undefined : time);
  return {
    logStreamName: row.name,
    creationTime: row.created_at,
    firstEventTimestamp: known(row.first_event),
    lastEventTimestamp: known(row.last_event),
    lastIngestionTime: known(row.last_ingested),
    uploadSequenceToken: sequenceToken(row.batches),
    arn: logStreamArn(group, row.name),
    storedBytes: 0,
  };
}

/** AWS: sequence tokens are still answered, and ignored when they come back. */
export function sequenceToken(batches: number): string {
  return String(batches).padStart(56, "4");
}
