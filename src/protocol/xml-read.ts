import { Fault } from "../kernel/fault.ts";
import { maxDepth } from "./limits.ts";
import { readBase64, readBoolean, readNumber, readTimestamp } from "./scalars.ts";
import { compileOnce, lazily, type Member, type Shape, type StructureShape, setKey } from "./shape.ts";

/**
 * The XML that REST-XML requests may hold: elements, attributes, text. No document type, so no entities but the
 * five of XML itself and no way to make a small document large (XML 1.0, fifth edition).
 */
export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  readonly tag: string;
  text: string;
}

const startTag = /<([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const endTag = /<\/([A-Za-z_][\w.:-]*)\s*>/y;
const attribute = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const entity = /&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(\w+));|&/g;
const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function malformed(): Fault {
  return new Fault("MalformedInput", "The XML you provided was not well-formed or did not validate");
}

/** Parses a document. Faults: `MalformedInput`. */
export function parseXml(text: string): XmlElement {
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const parent = open.at(-1);
    const bracket = text.indexOf("<", at);
    const until = bracket < 0 ? text.length : bracket;
    if (until > at) {
      const between = text.slice(at, until);
      if (parent !== undefined) parent.text += unescapeXml(between);
      else if (between.trim() !== "") throw malformed();
    }
    if (bracket < 0) break;
    at = bracket;
    if (text.startsWith("<!--", at)) at = after(text, "-->", at + 4);
    else if (text.startsWith("<?", at)) at = after(text, "?>", at + 2);
    else if (text.startsWith("<![CDATA[", at) && parent !== undefined) {
      const end = after(text, "]]>", at + 9);
      parent.text += text.slice(at + 9, end - 3);
      at = end;
    } else if (text.startsWith("</", at)) {
      endTag.lastIndex = at;
      const match = endTag.exec(text);
      const closed = open.pop();
      if (match === null || closed === undefined || closed.tag !== match[1]) throw malformed();
      at = endTag.lastIndex;
    } else {
      startTag.lastIndex = at;
      const match = startTag.exec(text);
      if (match === null || (parent === undefined && root !== undefined)) throw malformed();
      const [, tag = "", attributes = "", selfClosed] = match;
      const element: OpenElement = {
        tag,
        name: localName(tag),
        attributes: attributesOf(attributes),
        children: [],
        text: "",
      };
      if (parent === undefined) root = element;
      else parent.children.push(element);
      if (selfClosed === "") open.push(element);
      if (open.length > maxDepth) throw malformed();
      at = startTag.lastIndex;
    }
  }
  if (root === undefined || open.length > 0) throw malformed();
  return root;
}

function after(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  if (at < 0) throw malformed();
  return at + end.length;
}

function localName(tag: string): string {
  return tag.slice(tag.indexOf(":") + 1);
}

const noAttributes: ReadonlyMap<string, string> = new Map();

function attributesOf(text: string): ReadonlyMap<string, string> {
  if (text === "") return noAttributes;
  const found = new Map<string, string>();
  for (const [, name = "", double, single] of text.matchAll(attribute)) {
    found.set(name, unescapeXml(double ?? single ?? ""));
  }
  return found;
}

function unescapeXml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(entity, (_all, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined && Object.hasOwn(named, name)) return named[name] ?? "";
    const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : -1;
    if (code < 1 || code > 0x10ffff) throw malformed();
    return String.fromCodePoint(code);
  });
}

/**
 * Types the content of an element (Smithy specification, "XML bindings"). Elements that the shape does not know are
 * ignored. Faults: `MalformedInput`.
 */
export function readXml(shape: Shape, element: XmlElement): unknown {
  return reader(shape)(element);
}

type Reader = (element: XmlElement) => unknown;
/** Reads a member from the element that holds it: flat lists and maps stand there next to their siblings. */
type MemberReader = (name: string, siblings: readonly XmlElement[]) => unknown;

const reader: (shape: Shape) => Reader = compileOnce((shape): Reader => {
  switch (shape.kind) {
    case "structure":
      return structureReader(shape);
    case "boolean":
      return scalar((text) => readBoolean(text.trim()));
    case "number":
      return scalar((text) => readNumber(text.trim()));
    case "timestamp":
      return scalar((text) => readTimestamp(text.trim()));
    case "blob":
      return scalar((text) => readBase64(text.trim()));
    default:
      return scalar((text) => text);
  }
});

function scalar(read: (text: string) => unknown): Reader {
  return (element) => {
    const value = element.children.length > 0 ? undefined : read(element.text);
    if (value === undefined) throw malformed();
    return value;
  };
}

function structureReader(shape: StructureShape): Reader {
  const members = lazily(() =>
    shape.members.map((m) => ({
      name: m.name,
      wire: m.xmlName ?? m.name,
      attribute: m.traits.xmlAttribute ? reader(m.shape) : undefined,
      read: memberReader(m),
    })),
  );
  return (element) => {
    const out: Record<string, unknown> = {};
    for (const { name, wire, attribute: readAttribute, read } of members()) {
      const value =
        readAttribute === undefined
          ? read(wire, element.children)
          : attributeValue(element.attributes.get(wire), readAttribute);
      if (value !== undefined) out[name] = value;
    }
    return out;
  };
}

function attributeValue(text: string | undefined, read: Reader): unknown {
  return text === undefined ? undefined : read({ name: "", attributes: noAttributes, children: [], text });
}

function memberReader(member: Member): MemberReader {
  const { shape } = member;
  const flat = Boolean(member.traits.xmlFlattened);
  if (shape.kind === "list") {
    const readItem = itemReader(shape.item);
    const itemName = shape.item.xmlName ?? "member";
    return (name, siblings) => {
      const items = flat ? siblings : siblings.find((e) => e.name === name)?.children;
      if (items === undefined) return undefined;
      const list = items.filter((e) => e.name === (flat ? name : itemName)).map(readItem);
      return flat && list.length === 0 ? undefined : list;
    };
  }
  if (shape.kind === "map") {
    const readEntry = entryReader(shape.key, shape.value);
    return (name, siblings) => {
      const entries = flat ? siblings : siblings.find((e) => e.name === name)?.children;
      if (entries === undefined) return undefined;
      const out: Record<string, unknown> = {};
      for (const entry of entries) if (entry.name === (flat ? name : "entry")) readEntry(entry, out);
      return flat && Object.keys(out).length === 0 ? undefined : out;
    };
  }
  const read = reader(shape);
  return (name, siblings) => {
    const element = siblings.find((e) => e.name === name);
    return element === undefined ? undefined : read(element);
  };
}

/** An item's element holds the item itself, which may be a list or map again. */
function itemReader(item: Member): Reader {
  if (item.shape.kind !== "list" && item.shape.kind !== "map") return reader(item.shape);
  const read = memberReader(item);
  return (element) => read(element.name, [element]);
}

function entryReader(key: Member, value: Member): (entry: XmlElement, into: Record<string, unknown>) => void {
  const keyName = key.xmlName ?? "key";
  const valueName = value.xmlName ?? "value";
  const read = itemReader(value);
  return (entry, into) => {
    const keyElement = entry.children.find((e) => e.name === keyName);
    const valueElement = entry.children.find((e) => e.name === valueName);
    if (keyElement === undefined || valueElement === undefined) throw malformed();
    setKey(into, keyElement.text, read(valueElement));
  };
}
