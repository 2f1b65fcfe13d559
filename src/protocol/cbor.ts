import { cbor, tag } from "@smithy/core/cbor";
import { Fault } from "../kernel/fault.ts";
import { parseCbor, Tagged } from "./cbor-parse.ts";
import { readEpochSeconds } from "./scalars.ts";
import { compileOnce, lazily, type Shape, type StructureShape, setKey } from "./shape.ts";

type Reader = (value: unknown) => unknown;
type Writer = (value: unknown) => unknown;

/** RFC 8949, section 3.4.2: seconds since the epoch. */
const epochTag = 1;

/**
 * Parses and types an RPC v2 CBOR document (Smithy specification, "Smithy RPC v2 CBOR protocol").
 * Faults: `SerializationException`.
 */
export function decodeCbor(shape: StructureShape, bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {};
  return reader(shape)(parseCbor(bytes)) as Record<string, unknown>;
}

/**
 * The CBOR of a typed value.
 * INVARIANT: synchronous, because the encoder keeps its buffer in its module; what it returns is a copy.
 */
export function encodeCbor(shape: StructureShape, value: unknown): Buffer {
  return plainCbor(writer(shape)(value));
}

/** The CBOR of a value that is already plain. */
export function plainCbor(value: unknown): Buffer {
  return Buffer.from(cbor.serialize(value));
}

/** The plain form of a typed value, for adding to it what no shape describes. */
export function cborForm(shape: StructureShape, value: unknown): unknown {
  return writer(shape)(value);
}

function mismatch(wanted: string): Fault {
  return new Fault("SerializationException", `Unexpected CBOR value where ${wanted} is expected`);
}

const reader: (shape: Shape) => Reader = compileOnce((shape): Reader => {
  switch (shape.kind) {
    case "structure":
      return structureReader(shape);
    case "list": {
      const read = reader(shape.item.shape);
      return (value) => {
        if (!Array.isArray(value)) throw mismatch("a list");
        return value.map((item: unknown) => (item === null ? null : read(item)));
      };
    }
    case "map": {
      const read = reader(shape.value.shape);
      return (value) => {
        if (!(value instanceof Map)) throw mismatch("a map");
        const out: Record<string, unknown> = {};
        for (const [key, item] of value as Map<string, unknown>)
          setKey(out, key, item === null ? null : read(item));
        return out;
      };
    }
    case "string":
    case "boolean":
      return (value) => {
        if (typeof value !== shape.kind) throw mismatch(`a ${shape.kind}`);
        return value;
      };
    case "number":
      return (value) => {
        if (typeof value !== "number") throw mismatch("a number");
        return value;
      };
    case "timestamp":
      return (value) => {
        const seconds = value instanceof Tagged && value.tag === epochTag ? value.value : value;
        const date = typeof seconds === "number" ? readEpochSeconds(seconds) : undefined;
        if (date === undefined) throw mismatch("a timestamp");
        return date;
      };
    case "blob":
      return (value) => {
        if (!(value instanceof Uint8Array)) throw mismatch("a byte string");
        return value;
      };
    case "document":
      return plain;
  }
});

/** A document has no schema: its maps are structures. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Tagged) return plain(value.value);
  if (!(value instanceof Map)) return value;
  const out: Record<string, unknown> = {};
  for (const [key, item] of value as Map<string, unknown>) setKey(out, key, plain(item));
  return out;
}

function structureReader(shape: StructureShape): Reader {
  const members = lazily(() => shape.members.map((m) => ({ name: m.name, read: reader(m.shape) })));
  return (value) => {
    if (!(value instanceof Map)) throw mismatch("a map");
    const out: Record<string, unknown> = {};
    let count = 0;
    for (const { name, read } of members()) {
      const item: unknown = value.get(name);
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

const writer: (shape: Shape) => Writer = compileOnce((shape): Writer => {
  switch (shape.kind) {
    case "structure": {
      const members = lazily(() => shape.members.map((m) => ({ name: m.name, write: writer(m.shape) })));
      return (value) => {
        const from = value as Readonly<Record<string, unknown>>;
        const out: Record<string, unknown> = {};
        for (const { name, write } of members()) {
          const item = from[name];
          if (item !== undefined && item !== null) out[name] = write(item);
        }
        return out;
      };
    }
    case "list": {
      const write = writer(shape.item.shape);
      return (value) =>
        Array.from(value as Iterable<unknown>, (item) =>
          item === null || item === undefined ? null : write(item),
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
    case "timestamp":
      return (value) => tag({ tag: epochTag, value: (value as Date).getTime() / 1000 });
    case "blob":
      return (value) => (typeof value === "string" ? Buffer.from(value, "utf8") : value);
    default:
      return (value) => value;
  }
});
