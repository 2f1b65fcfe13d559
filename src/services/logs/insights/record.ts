import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../../kernel/json.ts";
import { logStreamArn } from "../arn.ts";
import { eventsForward, keptFrom, type ReadEvent } from "../events.ts";
import { invalidParameter } from "../faults.ts";
import { type LogGroup, logGroupById } from "../groups.ts";
import { eventId } from "../position.ts";

/** What leads back to one event: `@ptr` of a query's answer. */
export function pointerTo(groupId: string, { position }: Pick<ReadEvent, "position">): string {
  return Buffer.from(JSON.stringify([groupId, eventId(position)])).toString("base64url");
}

interface Pointed {
  readonly groupId: string;
  readonly eventId: string;
}

function readPointer(pointer: string): Pointed | undefined {
  const read = parseJson(Buffer.from(pointer, "base64url").toString("utf8"));
  if (!Array.isArray(read)) return undefined;
  const [groupId, id] = read as readonly Json[];
  const known = typeof groupId === "string" && !groupId.includes("\0") && typeof id === "string";
  return known && /^3\d{55}$/.test(id) ? { groupId, eventId: id } : undefined;
}

/** The group of a pointer, when it is the caller's. */
async function groupOf(ctx: AuthoriseContext, pointer: string): Promise<LogGroup | undefined> {
  const read = readPointer(pointer);
  const group = read && (await logGroupById(ctx.rows, read.groupId));
  return group?.account === ctx.account && group.region === ctx.region ? group : undefined;
}

/** Fields of one event that are answered; the rest is in `@message`. */
const mostFields = 1000;

/** One event that a query found: its own fields, and those of the JSON in it, each by its path. */
export const getLogRecord: ReadOperation<typeof logs, "GetLogRecord"> = {
  name: "GetLogRecord",
  dataEvent: true,
  async authorise({ logRecordPointer }, ctx) {
    const group = await groupOf(ctx, logRecordPointer);
    const { account, region } = ctx;
    const resource = logStreamArn(group ?? { account, region, name: "*" }, "");
    return [{ action: "logs:GetLogRecord", resource }];
  },
  async read(ctx, { logRecordPointer }) {
    const read = readPointer(logRecordPointer);
    const group = await groupOf(ctx, logRecordPointer);
    if (read === undefined || group === undefined)
      throw invalidParameter("The logRecordPointer is not valid.");
    const at = Number(read.eventId.slice(1, 19));
    const from = Math.max(at, keptFrom(group, ctx.now));
    for await (const event of eventsForward(ctx.rows, { groupId: group.id, from, to: at })) {
      if (eventId(event.position) === read.eventId) return { logRecord: recordOf(event, group) };
    }
    throw new Fault("ResourceNotFoundException", "The specified log record does not exist.");
  },
};

function recordOf({ position, message, ingestedAt }: ReadEvent, group: LogGroup): Record<string, string> {
  const own = {
    "@timestamp": String(position.timestamp),
    "@message": message,
    "@ingestionTime": String(ingestedAt),
    "@logStream": position.stream,
    "@log": `${group.account}:${group.name}`,
  };
  return { ...Object.fromEntries(fieldsOf(message).slice(0, mostFields)), ...own };
}

/** The values of the JSON that a message is, each by its path. */
export function fieldsOf(message: string): (readonly [path: string, value: string])[] {
  const json = message.trimStart().startsWith("{") ? parseJson(message) : undefined;
  return json === undefined ? [] : below(json, "");
}

function below(value: Json, path: string): (readonly [string, string])[] {
  const inner = (key: string) => (path === "" ? key : `${path}.${key}`);
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, one]) => below(one, inner(key)));
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((one, i) => below(one, inner(String(i))));
  }
  return value === null ? [] : [[path, String(value)]];
}
