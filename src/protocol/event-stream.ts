import { crc32 } from "node:zlib";
import { Fault } from "../kernel/fault.ts";
import { rpcJson } from "./json.ts";
import type { Member, StructureShape } from "./shape.ts";

/** What an answer that is a stream of events is sent as. */
export const eventStreamType = "application/vnd.amazon.eventstream";

const streams = new WeakMap<StructureShape, { readonly member: Member | undefined }>();

/** The member of an output that is a stream of events (Smithy specification, "Event streams"). */
export function eventStreamMember(shape: StructureShape | undefined): Member | undefined {
  if (shape === undefined) return undefined;
  let known = streams.get(shape);
  if (known === undefined) {
    const member = shape.members.find(
      (one) => one.shape.kind === "structure" && one.shape.union && Boolean(one.traits.streaming),
    );
    known = { member };
    streams.set(shape, known);
  }
  return known.member;
}

/**
 * Writes the events of a stream as messages of the AWS event stream format, with JSON in them. In an RPC protocol the
 * first is the `initial-response`: the output without its stream. A fault ends the stream with an exception.
 */
export async function* encodeEvents(member: Member, output: object): AsyncGenerator<Buffer> {
  yield message({ ":message-type": "event", ":event-type": "initial-response" }, {});
  const { shape: union } = member;
  if (union.kind !== "structure") return;
  const events = (output as Readonly<Record<string, unknown>>)[member.name] as
    | AsyncIterable<Readonly<Record<string, unknown>>>
    | undefined;
  try {
    for await (const event of events ?? []) {
      const [name = "", value] = Object.entries(event).find(([, one]) => one !== undefined) ?? [];
      const variant = union.members.find((one) => one.name === name);
      if (variant?.shape.kind !== "structure") throw new Error(`the stream has no event ${name}`);
      yield message({ ":message-type": "event", ":event-type": name }, rpcJson.write(variant.shape, value));
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const type = { ":message-type": "exception", ":exception-type": error.code };
    yield message(type, { message: error.message });
  }
}

const stringHeader = 7;

/**
 * One message: its lengths and their checksum, the headers, the payload, and a checksum of all of it (AWS event stream
 * format, as Amazon Transcribe's and S3's documentation describe it).
 */
function message(headers: Readonly<Record<string, string>>, payload: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(payload), "utf8");
  const head = Buffer.concat(
    Object.entries({ ...headers, ":content-type": "application/json" }).map(([name, value]) => {
      const [key, text] = [Buffer.from(name, "utf8"), Buffer.from(value, "utf8")];
      const length = Buffer.alloc(2);
      length.writeUInt16BE(text.length);
      return Buffer.concat([Buffer.from([key.length]), key, Buffer.from([stringHeader]), length, text]);
    }),
  );
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(prelude.length + head.length + body.length + 4, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const told = Buffer.concat([prelude, head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(told));
  return Buffer.concat([told, checksum]);
}
