import { NormalizedSchema } from "@smithy/core/schema";
import type { $SchemaRef, SchemaTraitsObject, StaticStructureSchema } from "@smithy/types";
import { supplementsOf } from "./supplements.ts";

/** How a timestamp is written where the protocol does not decide (Smithy specification, "timestampFormat trait"). */
export type TimestampFormat = "date-time" | "http-date" | "epoch-seconds";

/** The kinds of value without members. `number` covers every Smithy number: the SDK's schemas do not tell them apart. */
export type ScalarKind = "string" | "boolean" | "number" | "blob" | "document";

/**
 * One shape of a service model as the SDK's run-time schemas describe it, in the form from which all our readers,
 * writers and validators are compiled. A shape is built once and shared, so it can key a cache.
 */
export type Shape = StructureShape | ListShape | MapShape | TimestampShape | ScalarShape;

export interface StructureShape {
  readonly kind: "structure";
  /** The shape's own name, without namespace. */
  readonly name: string;
  /** Exactly one member is set. */
  readonly union: boolean;
  readonly traits: SchemaTraitsObject;
  /** Built at first use, so that shapes may contain themselves. */
  readonly members: readonly Member[];
}

export interface ListShape {
  readonly kind: "list";
  readonly item: Member;
}

export interface MapShape {
  readonly kind: "map";
  readonly key: Member;
  readonly value: Member;
}

export interface TimestampShape {
  readonly kind: "timestamp";
  readonly format: TimestampFormat | undefined;
}

export interface ScalarShape {
  readonly kind: ScalarKind;
}

/** A member of a structure, the item of a list, or the key or value of a map. */
export interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly required: boolean;
  /** Traits of the member and its target together. */
  readonly traits: SchemaTraitsObject;
  /** `xmlName` of the member itself: a target's own name holds only at the root of a document. */
  readonly xmlName: string | undefined;
  /** The member's name in EC2 requests, when it differs from all others. */
  readonly ec2QueryName: string | undefined;
}

const structures = new WeakMap<object, StructureShape>();
const stringShape: ScalarShape = { kind: "string" };
const booleanShape: ScalarShape = { kind: "boolean" };
const numberShape: ScalarShape = { kind: "number" };
const blobShape: ScalarShape = { kind: "blob" };
const documentShape: ScalarShape = { kind: "document" };
const timestampShapes: Readonly<Record<number, TimestampShape>> = {
  4: { kind: "timestamp", format: undefined },
  5: { kind: "timestamp", format: "date-time" },
  6: { kind: "timestamp", format: "http-date" },
  7: { kind: "timestamp", format: "epoch-seconds" },
};

/** The structure behind an operation's input or output or an error; `undefined` for Smithy's `Unit`. */
export function structureOf(ref: $SchemaRef): StructureShape | undefined {
  const schema = NormalizedSchema.of(ref);
  return schema.isStructSchema() ? structure(schema) : undefined;
}

function structure(schema: NormalizedSchema): StructureShape {
  const source = schema.getSchema() as StaticStructureSchema;
  const known = structures.get(source);
  if (known !== undefined) return known;
  let members: readonly Member[] | undefined;
  const made: StructureShape = {
    kind: "structure",
    name: source[2],
    union: schema.isUnionSchema(),
    traits: schema.getOwnTraits(),
    get members() {
      members ??= [
        ...membersOf(schema, source[6] ?? 0),
        ...supplementsOf(source[1], source[2]).map(supplement),
      ];
      return members;
    },
  };
  structures.set(source, made);
  return made;
}

/** The first `required` members of the SDK's list are the required ones. */
function membersOf(schema: NormalizedSchema, required: number): Member[] {
  let index = 0;
  return [...schema.structIterator()].map(([name, target]) => member(name, target, index++ < required));
}

function supplement([name, schema]: ReturnType<typeof supplementsOf>[number]): Member {
  return member(name, NormalizedSchema.of(schema), false);
}

function member(name: string, schema: NormalizedSchema, required: boolean): Member {
  const traits = schema.getMergedTraits();
  return {
    name,
    shape: shapeOf(schema),
    required,
    traits,
    ec2QueryName: typeof traits.ec2QueryName === "string" ? traits.ec2QueryName : undefined,
    xmlName: schema.getMemberTraits().xmlName,
  };
}

function shapeOf(schema: NormalizedSchema): Shape {
  if (schema.isStructSchema()) return structure(schema);
  if (schema.isListSchema()) return { kind: "list", item: member("member", schema.getValueSchema(), false) };
  if (schema.isMapSchema()) {
    return {
      kind: "map",
      key: member("key", schema.getKeySchema(), true),
      value: member("value", schema.getValueSchema(), false),
    };
  }
  if (schema.isTimestampSchema()) {
    const made = timestampShapes[schema.getSchema() as number];
    if (made !== undefined) return made;
  }
  if (schema.isStringSchema()) return stringShape;
  if (schema.isBooleanSchema()) return booleanShape;
  if (schema.isNumericSchema()) return numberShape;
  if (schema.isBlobSchema()) return blobShape;
  if (schema.isDocumentSchema()) return documentShape;
  throw new Error(`the schema of ${schema.getName(true)} is of a kind that no supported service uses`);
}

/**
 * Remembers what was compiled of each shape.
 * INVARIANT: what is compiled of a structure looks at `members` only when it first runs (see `lazily`): that is what
 * lets a shape contain itself.
 */
export function compileOnce<T>(compile: (shape: Shape) => T): (shape: Shape) => T {
  const compiled = new WeakMap<Shape, T>();
  return (shape) => {
    let made = compiled.get(shape);
    if (made === undefined) {
      made = compile(shape);
      compiled.set(shape, made);
    }
    return made;
  };
}

/** A value made at first use. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Sets a key that a stranger chose: `__proto__` becomes a plain key like any other. */
export function setKey(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
  } else record[key] = value;
}

/** A member's name as AWS's own software spells it. Only the first letter changes: `AWSServiceName`, `aWSServiceName`. */
export function lowerCamel(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
