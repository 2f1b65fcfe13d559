import { writeBase64, writeTimestamp } from "./scalars.ts";
import { compileOnce, lazily, type Member, type Shape, type StructureShape } from "./shape.ts";

/**
 * XML of typed values, for Query, EC2 and REST-XML responses and REST-XML bodies (Smithy specification, "XML
 * bindings"). Compiled to closures that join strings.
 */

/** The attributes and the content of an element. */
interface Inside {
  readonly attributes: string;
  readonly content: string;
}

type Writer = (value: unknown) => string;

const special = /[&<>"\p{Cc}\uFFFE\uFFFF]/gu;

/** Escapes text for content and attributes. XML has no way to write most control characters: they are replaced. */
export function escapeXml(text: string): string {
  return text.replace(special, (c) => {
    switch (c) {
      case "&":
        return "&amp;";
      case "<":
        return "&lt;";
      case ">":
        return "&gt;";
      case '"':
        return "&quot;";
      case "\r":
        return "&#xD;";
      case "\t":
      case "\n":
        return c;
      default:
        return c >= "\u007F" && c <= "\u009F" ? c : "\uFFFD";
    }
  });
}

/** An element of text. */
export function textElement(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/** What stands inside an element of the structure; members that are not set leave no trace. */
export function xmlContent(shape: StructureShape, value: unknown): Inside {
  return structureWriter(shape)(value);
}

/** The structure as an element of the given name. */
export function xmlElement(name: string, shape: StructureShape, value: unknown, xmlns?: string): string {
  const { attributes, content } = xmlContent(shape, value);
  return `<${name}${xmlns === undefined ? "" : ` xmlns="${escapeXml(xmlns)}"`}${attributes}>${content}</${name}>`;
}

const structureWriter = compileOnce((shape) => {
  const members = lazily(() => {
    const all = shape.kind === "structure" ? shape.members : [];
    return {
      attributes: all
        .filter((m) => m.traits.xmlAttribute)
        .map((m) => ({ member: m, write: scalarWriter(m.shape) })),
      elements: all
        .filter((m) => !m.traits.xmlAttribute)
        .map((m) => ({ name: m.name, write: elementWriter(m, m.xmlName ?? m.name) })),
    };
  });
  return (value: unknown): Inside => {
    const from = value as Readonly<Record<string, unknown>>;
    const { attributes, elements } = members();
    let attributeText = "";
    for (const { member, write } of attributes) {
      const item = from[member.name];
      if (isSet(item)) attributeText += ` ${member.xmlName ?? member.name}="${write(item)}"`;
    }
    let content = "";
    for (const { name, write } of elements) {
      const item = from[name];
      if (isSet(item)) content += write(item);
    }
    return { attributes: attributeText, content };
  };
});

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Writes a value as the element, or for flat lists and maps the elements, of the given name. */
function elementWriter(member: Member, name: string): Writer {
  const namespace = namespaceAttribute(member);
  const open = `<${name}${namespace}>`;
  const close = `</${name}>`;
  const { shape } = member;
  switch (shape.kind) {
    case "structure": {
      const inside = structureWriter(shape);
      return (value) => {
        const { attributes, content } = inside(value);
        return attributes === ""
          ? open + content + close
          : `<${name}${namespace}${attributes}>${content}${close}`;
      };
    }
    case "list": {
      const flat = Boolean(member.traits.xmlFlattened);
      const writeItem = elementWriter(shape.item, flat ? name : (shape.item.xmlName ?? "member"));
      return (value) => {
        let items = "";
        for (const item of value as Iterable<unknown>) if (isSet(item)) items += writeItem(item);
        return flat ? items : open + items + close;
      };
    }
    case "map": {
      const flat = Boolean(member.traits.xmlFlattened);
      const entry = flat ? name : "entry";
      const writeKey = elementWriter(shape.key, shape.key.xmlName ?? "key");
      const writeValue = elementWriter(shape.value, shape.value.xmlName ?? "value");
      return (value) => {
        let entries = "";
        for (const [key, item] of Object.entries(value as object)) {
          if (isSet(item)) entries += `<${entry}>${writeKey(key)}${writeValue(item)}</${entry}>`;
        }
        return flat ? entries : open + entries + close;
      };
    }
    default: {
      const write = scalarWriter(shape);
      return (value) => open + write(value) + close;
    }
  }
}

function namespaceAttribute(member: Member): string {
  const namespace = member.traits.xmlNamespace;
  if (namespace === undefined) return "";
  const [prefix, uri] = typeof namespace === "string" ? [undefined, namespace] : namespace;
  return ` xmlns${prefix ? `:${prefix}` : ""}="${escapeXml(uri)}"`;
}

function scalarWriter(shape: Shape): Writer {
  switch (shape.kind) {
    case "number":
      return (value) => String(Number(value));
    case "timestamp":
      return (value) => writeTimestamp(value as Date, shape.format ?? "date-time");
    case "blob":
      return writeBase64;
    default:
      return (value) => escapeXml(String(value));
  }
}
