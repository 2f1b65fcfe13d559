import { Fault } from "../kernel/fault.ts";
import { type Form, type FormNode, formTree } from "./form.ts";
import { readBase64, readBoolean, readNumber, readTimestamp } from "./scalars.ts";
import { compileOnce, lazily, type Member, type Shape, type StructureShape, setKey } from "./shape.ts";

type Reader = (node: FormNode) => unknown;

/** What tells AWS Query and EC2 Query requests apart. */
interface Dialect {
  memberName(member: Member): string;
  /** Items stand directly below the list, without a `member` step. */
  isFlat(member: Member): boolean;
}

const query: Dialect = {
  memberName: (member) => member.xmlName ?? member.name,
  isFlat: (member) => Boolean(member.traits.xmlFlattened),
};

const ec2: Dialect = {
  memberName: (member) => member.ec2QueryName ?? capitalised(member.xmlName ?? member.name),
  isFlat: () => true,
};

function capitalised(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

const queryReader = requestReader(query);
const ec2Reader = requestReader(ec2);

/**
 * Types the fields of an AWS Query request (Smithy specification, "AWS query protocol"). Names the shape does not
 * know are ignored, as AWS does. Faults: `MalformedInput`.
 */
export function readQueryInput(shape: StructureShape, form: Form): Record<string, unknown> {
  return queryReader(shape)(formTree(form)) as Record<string, unknown>;
}

/** The same for EC2 (Smithy specification, "AWS EC2 query protocol"). */
export function readEc2Input(shape: StructureShape, form: Form): Record<string, unknown> {
  return ec2Reader(shape)(formTree(form)) as Record<string, unknown>;
}

function requestReader(dialect: Dialect): (shape: Shape) => Reader {
  // Whether a list or map is flat is told by the member that holds it, so those are compiled per member.
  const ofMember = (member: Member): Reader => {
    switch (member.shape.kind) {
      case "list":
        return listReader(member.shape.item, dialect.isFlat(member));
      case "map":
        return mapReader(member.shape, Boolean(member.traits.xmlFlattened));
      default:
        return reader(member.shape);
    }
  };
  const listReader = (item: Member, flat: boolean): Reader => {
    const read = ofMember(item);
    const step = item.xmlName ?? "member";
    return (node) => {
      const items = flat ? node : node.children?.get(step);
      return items === undefined ? emptyOnly(node, []) : numbered(items).map(read);
    };
  };
  const mapReader = (shape: Shape & { kind: "map" }, flat: boolean): Reader => {
    const read = ofMember(shape.value);
    const keyStep = shape.key.xmlName ?? "key";
    const valueStep = shape.value.xmlName ?? "value";
    return (node) => {
      const out: Record<string, unknown> = {};
      const entries = flat ? node : node.children?.get("entry");
      if (entries === undefined) return emptyOnly(node, out);
      for (const entry of numbered(entries)) {
        const key = entry.children?.get(keyStep)?.value;
        if (key === undefined) throw new Fault("MalformedInput", `A map entry has no ${keyStep}`);
        const value = entry.children?.get(valueStep);
        setKey(out, key, value === undefined ? null : read(value));
      }
      return out;
    };
  };
  const reader = compileOnce<Reader>((shape) =>
    shape.kind === "structure" ? structureReader(shape, dialect, ofMember) : scalarReader(shape),
  );
  return reader;
}

function structureReader(shape: StructureShape, dialect: Dialect, ofMember: (m: Member) => Reader): Reader {
  const members = lazily(() =>
    shape.members.map((m) => ({ name: m.name, wire: dialect.memberName(m), read: ofMember(m) })),
  );
  return (node) => {
    const out: Record<string, unknown> = {};
    if (node.children === undefined) return out;
    for (const { name, wire, read } of members()) {
      const child = node.children.get(wire);
      if (child !== undefined) out[name] = read(child);
    }
    return out;
  };
}

/** `Tags=` is an empty list; any other text there is a mistake. */
function emptyOnly<T>(node: FormNode, empty: T): T {
  if (node.children === undefined && (node.value ?? "") === "") return empty;
  throw new Fault("MalformedInput", "Top level element may not be treated as a list");
}

const listIndex = /^[0-9]{1,9}$/;

/** The children in the order of their numbers. Gaps are closed, as AWS does. */
function numbered(node: FormNode): FormNode[] {
  if (node.children === undefined) return emptyOnly(node, []);
  const items: (readonly [number, FormNode])[] = [];
  for (const [key, child] of node.children) {
    if (!listIndex.test(key)) throw new Fault("MalformedInput", "Key is not a list index");
    items.push([Number(key), child]);
  }
  return items.sort(([a], [b]) => a - b).map(([, child]) => child);
}

function scalarReader(shape: Shape): Reader {
  switch (shape.kind) {
    case "boolean":
      return text(readBoolean);
    case "number":
      return text(readNumber);
    case "timestamp":
      return text(readTimestamp);
    case "blob":
      return text(readBase64);
    default:
      return text((value) => value);
  }
}

function text(read: (value: string) => unknown): Reader {
  return (node) => {
    if (node.value === undefined || node.children !== undefined) {
      throw new Fault("MalformedInput", "Unexpected complex element termination");
    }
    const value = read(node.value);
    if (value === undefined)
      throw new Fault("MalformedInput", `For input string: "${node.value.slice(0, 128)}"`);
    return value;
  };
}
