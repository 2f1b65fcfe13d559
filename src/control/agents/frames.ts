/** One message of a socket: the name of its shape, and its members. */
export interface Frame {
  readonly type: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** Reads `{"type":"…","message":{…}}`; `undefined` for anything else. */
export function readFrame(text: string): Frame | undefined {
  try {
    const { type, message } = JSON.parse(text) as { readonly type?: unknown; readonly message?: unknown };
    if (typeof type !== "string" || typeof message !== "object" || message === null) return undefined;
    return { type, message: { ...message } };
  } catch {
    return undefined;
  }
}

/** Writes a frame. */
export function writeFrame(type: string, message: object): string {
  return JSON.stringify({ type, message });
}

/** A frame of the telemetry socket: signed like a request whose headers go before it. */
export interface SignedFrame {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Cuts a telemetry frame into the lines of its preamble and its JSON; `undefined` when there is no preamble. */
export function readSignedFrame(text: string): SignedFrame | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const headers: Record<string, string> = {};
  for (const line of text.slice(0, end).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) return undefined;
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: text.slice(end + 4) };
}

/** Text of a member, or nothing. */
export function textOf(message: Readonly<Record<string, unknown>>, member: string): string | undefined {
  const value = message[member];
  return typeof value === "string" ? value : undefined;
}

/** Objects of a list, or none. */
export function listOf(
  message: Readonly<Record<string, unknown>>,
  member: string,
): readonly Readonly<Record<string, unknown>>[] {
  const value = message[member];
  return Array.isArray(value)
    ? value.flatMap((one: unknown) => (typeof one === "object" && one !== null ? [{ ...one }] : []))
    : [];
}
