import { DOMParser } from "@xmldom/xmldom";
import { Fault } from "../../../kernel/fault.ts";

/** XML namespaces of a SAML response. */
export const namespaces = {
  protocol: "urn:oasis:names:tc:SAML:2.0:protocol",
  assertion: "urn:oasis:names:tc:SAML:2.0:assertion",
  signature: "http://www.w3.org/2000/09/xmldsig#",
} as const;

/** Elements within elements: responses of identity providers nest about ten deep. */
const deepest = 32;

/**
 * Decodes what the HTTP POST binding carries (SAML V2.0 Bindings, section 3.5.4).
 * @throws InvalidIdentityToken.
 */
export function decodeResponse(base64: string): string {
  const packed = base64.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) throw invalid("Invalid base64 SAMLResponse");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(packed, "base64"));
  } catch {
    throw notSaml();
  }
}

/**
 * Parses strictly: what a parser would have to mend is refused, and so is everything by which one text could come to
 * mean two things: document types, entities, processing instructions.
 * @throws InvalidIdentityToken.
 */
export function parseXml(text: string): Document {
  const body = text.replace(/^\uFEFF?<\?xml [^?>]*\?>/, "");
  if (/<!(?!--|\[CDATA\[)/.test(body) || body.includes("<?")) throw notSaml();
  const refuse = (message: unknown): never => {
    throw new SyntaxError(String(message));
  };
  let document: Document | undefined;
  try {
    document = new DOMParser({
      errorHandler: { warning: refuse, error: refuse, fatalError: refuse },
    }).parseFromString(body, "text/xml");
  } catch {
    throw notSaml();
  }
  if (!document?.documentElement || isTooDeep(document)) throw notSaml();
  return document;
}

/** One step at a time: the document is not yet known to be shallow enough to recurse. */
function isTooDeep(document: Document): boolean {
  let depth = 0;
  let node: Node | null = document;
  while (node !== null) {
    if (node.firstChild !== null) {
      if (++depth > deepest) return true;
      node = node.firstChild;
      continue;
    }
    while (node !== null && node.nextSibling === null) {
      node = node.parentNode;
      depth--;
    }
    node = node?.nextSibling ?? null;
  }
  return false;
}

/** Elements of that name right below another. */
export function children(parent: Element, namespace: string, name: string): Element[] {
  return descendants(parent, namespace, name).filter((element) => element.parentNode === parent);
}

/** Elements of that name anywhere below. */
export function descendants(parent: Element | Document, namespace: string, name: string): Element[] {
  return Array.from(parent.getElementsByTagNameNS(namespace, name));
}

/** Whether the element is of that name. */
export function isNamed(element: Element, namespace: string, name: string): boolean {
  return element.namespaceURI === namespace && element.localName === name;
}

/** `InvalidIdentityToken`. */
export function invalid(message: string): Fault {
  return new Fault("InvalidIdentityToken", message);
}

/** What is wrong with the response is not told: it helps forgers more than owners of identity providers. */
export function notSaml(): Fault {
  return invalid("Your request included an invalid SAML response.");
}
