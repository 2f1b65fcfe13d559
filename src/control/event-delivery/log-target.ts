import { createHash } from "node:crypto";
import { CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import { isJsonObject, parseJson } from "../../kernel/json.ts";

/** What goes to a log group: one line. */
export interface LogLine {
  /** The log group's ARN. */
  readonly groupArn: string;
  /** The rule and the target: a log stream holds what one target got in a day. */
  readonly owner: string;
  /** What the rule makes of the event, or the event. */
  readonly text: string;
  /** Whether the rule made the text. */
  readonly made: boolean;
  /** The event's time, epoch ms. */
  readonly eventTime: number;
}

/**
 * Writes an event into a log group, in a stream that is made when it is missing: the group's resource policy must
 * allow `logs:CreateLogStream` and `logs:PutLogEvents` ("CloudWatch Logs permissions", EventBridge User Guide).
 * AWS: a text that a rule made has the form `{"timestamp": <epoch ms>, "message": "…"}`; another is taken whole.
 */
export async function writeLogLine(client: Client, line: LogLine): Promise<void> {
  const logGroupName = line.groupArn.split(":")[6] ?? "";
  const { timestamp, message } = lineOf(line);
  const logStreamName = streamName(line.owner, timestamp);
  const put = () =>
    client.send(
      new PutLogEventsCommand({ logGroupName, logStreamName, logEvents: [{ timestamp, message }] }),
    );
  try {
    await put();
  } catch (error) {
    if (!isFault(error, "ResourceNotFoundException")) throw error;
    await makeStream(client, logGroupName, logStreamName);
    await put();
  }
}

async function makeStream(client: Client, logGroupName: string, logStreamName: string): Promise<void> {
  try {
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  } catch (error) {
    // Another delivery made it.
    if (!isFault(error, "ResourceAlreadyExistsException")) throw error;
  }
}

function lineOf({ text, made, eventTime }: LogLine): {
  readonly timestamp: number;
  readonly message: string;
} {
  const value = made ? parseJson(text) : undefined;
  if (!isJsonObject(value) || value.message === undefined) return { timestamp: eventTime, message: text };
  const { timestamp, message } = value;
  return {
    timestamp: typeof timestamp === "number" && timestamp >= 0 ? Math.floor(timestamp) : eventTime,
    message: typeof message === "string" ? message : JSON.stringify(message),
  };
}

/** A name like AWS's (a UUID), the same for all that one target gets in a day. */
function streamName(owner: string, time: number): string {
  const hex = createHash("sha256")
    .update(`${owner} ${Math.floor(time / 86_400_000)}`)
    .digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}
