import { Fault } from "../kernel/fault.ts";
import { maxDepth, maxFormFields } from "./limits.ts";

/** The fields of a form or a query string, in order; a repeated name keeps its last value. */
export type Form = ReadonlyMap<string, string>;

/**
 * Parses `application/x-www-form-urlencoded` text.
 * Faults: `MalformedQueryString` for a broken escape or too many fields.
 */
export function parseForm(text: string): Form {
  const form = new Map<string, string>();
  for (const [name, value] of fieldsOf(text)) {
    form.set(name, value);
    if (form.size > maxFormFields) throw new Fault("MalformedQueryString", "The query string is too long");
  }
  return form;
}

/** The fields one by one, repeated names and all. Faults: `MalformedQueryString` for a broken escape. */
export function* fieldsOf(text: string): Generator<readonly [name: string, value: string]> {
  let from = 0;
  while (from < text.length) {
    let to = text.indexOf("&", from);
    if (to < 0) to = text.length;
    if (to > from) {
      const equals = text.indexOf("=", from);
      const cut = equals < 0 || equals > to ? to : equals;
      yield [decodeField(text.slice(from, cut)), decodeField(text.slice(cut + 1, to))];
    }
    from = to + 1;
  }
}

function decodeField(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new Fault("MalformedQueryString", "The query string contains a malformed escape");
  }
}

/** Dotted names as a tree: `Tags.member.1.Key` is four steps down. */
export interface FormNode {
  value?: string;
  children?: Map<string, FormNode>;
}

/** Faults: `MalformedInput` for a name with more than 32 parts. */
export function formTree(form: Form): FormNode {
  const root: FormNode = {};
  for (const [name, value] of form) {
    let node = root;
    let from = 0;
    for (let depth = 0; ; depth++) {
      if (depth === maxDepth) throw new Fault("MalformedInput", "A parameter name nests too deep");
      const dot = name.indexOf(".", from);
      node = childOf(node, dot < 0 ? name.slice(from) : name.slice(from, dot));
      if (dot < 0) break;
      from = dot + 1;
    }
    node.value = value;
  }
  return root;
}

function childOf(node: FormNode, key: string): FormNode {
  node.children ??= new Map();
  let child = node.children.get(key);
  if (child === undefined) {
    child = {};
    node.children.set(key, child);
  }
  return child;
}
