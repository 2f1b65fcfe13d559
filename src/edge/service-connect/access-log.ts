import type { ConnectLog } from "../../runtime/task.ts";

/** A request that a proxy has answered, and how. */
export interface LoggedRequest {
  /** Epoch ms. */
  readonly startedAt: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** `HTTP/1.1`. */
  readonly protocol: string;
  /** Zero where nobody was there any more to be answered. */
  readonly status: number;
  /** Bytes of the bodies. */
  readonly received: number;
  readonly sent: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds until the endpoint answered. */
  readonly serviceTime?: number | undefined;
  readonly forwardedFor?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
  readonly authority?: string | undefined;
  /** `10.0.0.1:8080`. */
  readonly upstream?: string | undefined;
}

/** A connection that a proxy has carried without a look into it. */
export type LoggedConnection = Pick<
  LoggedRequest,
  "startedAt" | "received" | "sent" | "duration" | "upstream"
>;

type Field = readonly [name: string, value: string | number | undefined];

/** How a value stands in a line of text: bare, in brackets, or in quotation marks. */
type Frame = "" | "[]" | '""';

/**
 * A line of the access log. The order of the text and what is in it are AWS's (Developer Guide, "Amazon ECS Service
 * Connect access logs": command operators of the proxy); what is not known is `-`, and `null` in JSON.
 */
export function requestLine(logged: LoggedRequest, access: NonNullable<ConnectLog["access"]>): string {
  const path = access.includeQueryParameters ? logged.path : withoutQuery(logged.path);
  const fields: readonly Field[] = [
    ["start_time", new Date(logged.startedAt).toISOString()],
    ["method", logged.method],
    ["path", path],
    ["protocol", logged.protocol],
    ["response_code", logged.status],
    ["bytes_received", logged.received],
    ["bytes_sent", logged.sent],
    ["duration", Math.round(logged.duration)],
    ["upstream_service_time", logged.serviceTime && Math.round(logged.serviceTime)],
    ["x_forwarded_for", logged.forwardedFor],
    ["user_agent", logged.userAgent],
    ["request_id", logged.requestId],
    ["authority", logged.authority],
    ["upstream_host", logged.upstream],
  ];
  if (access.format === "JSON") return jsonLine(fields);
  const [start, method, target, protocol, ...rest] = fields.map(textOf);
  const [code, received, sent, duration, serviceTime, ...quoted] = rest;
  const words = [code, received, sent, duration, serviceTime, ...quoted.map((value) => framed(value, '""'))];
  return [framed(start, "[]"), framed(`${method} ${target} ${protocol}`, '""'), ...words].join(" ");
}

/** A connection's line. */
export function connectionLine(
  { startedAt, received, sent, duration, upstream }: LoggedConnection,
  { format }: NonNullable<ConnectLog["access"]>,
): string {
  const fields: readonly Field[] = [
    ["start_time", new Date(startedAt).toISOString()],
    ["bytes_received", received],
    ["bytes_sent", sent],
    ["duration", Math.round(duration)],
    ["upstream_host", upstream],
  ];
  if (format === "JSON") return jsonLine(fields);
  const [start, ...rest] = fields.map(textOf);
  const host = rest.pop();
  return [framed(start, "[]"), ...rest, framed(host, '""')].join(" ");
}

const jsonLine = (fields: readonly Field[]): string =>
  JSON.stringify(Object.fromEntries(fields.map(([name, value]) => [name, value ?? null])));

const textOf = ([, value]: Field): string => String(value ?? "-");

function framed(value = "-", frame: Frame): string {
  const [open = "", close = ""] = frame;
  // INVARIANT: nobody who sends a request writes a second line, or leaves the quotation marks.
  return `${open}${value.replace(/["\\\p{Cc}]/gu, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`)}${close}`;
}

/** AWS: queries may hold what nobody should read. */
function withoutQuery(path: string): string {
  const end = path.indexOf("?");
  return end === -1 ? path : path.slice(0, end);
}
