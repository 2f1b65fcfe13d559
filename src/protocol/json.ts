import { Fault } from "../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../kernel/json.ts";
import { maxDepth } from "./limits.ts";
import { readBase64, readEpochSeconds, readTimestamp, writeBase64, writeTimestamp } from "./scalars.ts";
import { compileOnce, lazily, type Member, type Shape, type StructureShape, setKey } from "./shape.ts";

type Reader = (value: unknown) => unknown;
type Writer = (value: unknown) => unknown;

/** REST-JSON renames members with `jsonName`; the RPC protocols do not. */
export interface JsonCodec {
  /** Parses and types a document. Faults: `SerializationException`. */
  decode(shape: StructureShape, text: string): Record<string, unknown>;
  /** Parses a document. Faults: `SerializationException`. */
  parse(text: string): Json;
  /** Types a parsed document. Faults: `SerializationException`. */
  read(shape: Shape, value: unknown): unknown;
  /** The JSON value of a typed one: only members of the shape, without those that are not set. */
  write(shape: Shape, value: unknown): unknown;
}

/** The codec of AWS JSON 1.0 and 1.1 (Smithy specification, "AWS JSON 1.1 protocol"). */
export const rpcJson = jsonCodec((member) => member.name);

/** The codec of REST-JSON bodies (Smithy specification, "AWS restJson1 protocol"). */
export const restJson = jsonCodec((member) => member.traits.jsonName ?? member.name);

function jsonCodec(wireName: (member: Member) => string): JsonCodec {
  const reader: (shape: Shape) => Reader = compileOnce((shape) => compileReader(shape, reader, wireName));
  const writer: (shape: Shape) => Writer = compileOnce((shape) => compileWriter(shape, writer, wireName));
  return {
    decode(shape, text) {
      if (text === "") return {};
      return reader(shape)(parse(text)) as Record<string, unknown>;
    },
    parse,
    read: (shape, value) => reader(shape)(value),
    write: (shape, value) => writer(shape)(value),
  };
}

function parse(text: string): Json {
  const value = parseJson(text, maxDepth);
  if (value === undefined) throw new Fault("SerializationException", "");
  return value;
}

/** AWS: the words in which the services' own JSON reader names what it met. */
function tokenName(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "STRING_VALUE";
    case "number":
      return Number.isInteger(value) ? "NUMBER_VALUE" : "DECIMAL_VALUE";
    case "boolean":
      return value ? "TRUE_VALUE" : "FALSE_VALUE";
    default:
      return "NULL_VALUE";
  }
}

function mismatch(value: unknown, wanted: string): Fault {
  const message =
    typeof value === "object" && value !== null
      ? "Start of structure or map found where not expected"
      : `${tokenName(value)} cannot be converted to ${wanted}`;
  return new Fault("SerializationException", message);
}

function compileReader(
  shape: Shape,
  reader: (shape: Shape) => Reader,
  wireName: (m: Member) => string,
): Reader {
  switch (shape.kind) {
    case "structure":
      return structureReader(shape, reader, wireName);
    case "list": {
      const read = reader(shape.item.shape);
      return (value) => {
        if (!Array.isArray(value)) throw new Fault("SerializationException", unexpectedCollection(value));
        return value.map((item) => (item === null ? null : read(item)));
      };
    }
    case "map": {
      const read = reader(shape.value.shape);
      return (value) => {
        if (!isJsonObject(value)) throw mismatch(value, "Map");
        const out: Record<string, unknown> = {};
        for (const key of Object.keys(value)) {
          const item = value[key];
          setKey(out, key, item === null ? null : read(item));
        }
        return out;
      };
    }
    case "string":
      return (value) => {
        if (typeof value !== "string") throw mismatch(value, "String");
        return value;
      };
    case "boolean":
      return (value) => {
        if (typeof value !== "boolean") throw mismatch(value, "Boolean");
        return value;
      };
    case "number":
      return (value) => {
        if (typeof value === "number") return value;
        if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
        throw mismatch(value, "Number");
      };
    case "timestamp":
      return (value) => {
        const date =
          typeof value === "number"
            ? readEpochSeconds(value)
            : typeof value === "string"
              ? readTimestamp(value)
              : undefined;
        if (date === undefined) throw mismatch(value, "Timestamp");
        return date;
      };
    case "blob":
      return (value) => {
        const bytes = typeof value === "string" ? readBase64(value) : undefined;
        if (bytes === undefined) throw mismatch(value, "Blob");
        return bytes;
      };
    case "document":
      return (value) => value;
  }
}

function structureReader(
  shape: StructureShape,
  reader: (shape: Shape) => Reader,
  wireName: (m: Member) => string,
): Reader {
  const members = lazily(() =>
    shape.members.map((m) => ({ name: m.name, wire: wireName(m), read: reader(m.shape) })),
  );
  return (value) => {
    if (!isJsonObject(value)) {
      throw Array.isArray(value)
        ? new Fault("SerializationException", "Start of list found where not expected")
        : mismatch(value, shape.name);
    }
    const out: Record<string, unknown> = {};
    let count = 0;
    for (const { name, wire, read } of members()) {
      const item = Object.hasOwn(value, wire) ? value[wire] : undefined;
      if (item === undefined || item === null) continue;
      out[name] = read(item);
      count++;
    }
    if (shape.union && count !== 1) {
      throw new Fault("SerializationException", "Exactly one member of a union must be set");
    }
    return out;
  };
}

function unexpectedCollection(value: unknown): string {
  return isJsonObject(value)
    ? "Start of structure or map found where not expected"
    : "Unexpected token received from parser";
}

function compileWriter(
  shape: Shape,
  writer: (shape: Shape) => Writer,
  wireName: (m: Member) => string,
): Writer {
  switch (shape.kind) {
    case "structure": {
      const members = lazily(() =>
        shape.members.map((m) => ({ name: m.name, wire: wireName(m), write: writer(m.shape) })),
      );
      return (value) => {
        const from = value as Record<string, unknown>;
        const out: Record<string, unknown> = {};
        for (const { name, wire, write } of members()) {
          const item = from[name];
          if (item !== undefined && item !== null) out[wire] = write(item);
        }
        return out;
      };
    }
    case "list": {
      const write = writer(shape.item.shape);
      return (value) =>
        Array.from(value as Iterable<unknown>, (item) =>
          item === undefined || item === null ? null : write(item),
        );
    }
    case "map": {
      const write = writer(shape.value.shape);
      return (value) => {
        const out: Record<string, unknown> = {};
        for (const [key, item] of Object.entries(value as object)) {
          if (item !== undefined && item !== null) setKey(out, key, write(item));
        }
        return out;
      };
    }
    case "number":
      return (value) => (Number.isFinite(value) ? value : String(value));
    case "timestamp":
      return (value) =>
        shape.format === undefined || shape.format === "epoch-seconds"
          ? (value as Date).getTime() / 1000
          : writeTimestamp(value as Date, shape.format);
    case "blob":
      return writeBase64;
    case "string":
    case "boolean":
    case "document":
      return (value) => value;
  }
}
