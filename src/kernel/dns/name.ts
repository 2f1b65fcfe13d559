/**
 * A domain name in the one form that it is kept and compared in: lower case, ending in a dot, every octet of a label but
 * `a-z`, `0-9`, `-` and `_` written `\ooo` in octal (Route 53 Developer Guide, "DNS domain name format").
 */
export type DnsName = string;

/** The name of the root. */
export const rootName: DnsName = ".";

/** RFC 1035, 2.3.4: octets of a label, and of a name with the length before each label and the root's. */
const longestLabel = 63;
const longestName = 255;

const plain = /^[a-z0-9_-]*$/;

/** What a text is, when it is no domain name: Route 53's name of the problem, and its words. */
export class DnsNameError extends Error {
  readonly problem: string;
  constructor(problem: string, explanation: string) {
    super(explanation);
    this.name = "DnsNameError";
    this.problem = problem;
  }
}

/**
 * Reads a name as people write it: in any case, with or without the last dot, octets also as `\ooo`.
 * @throws DnsNameError
 */
export function parseDnsName(text: string): DnsName {
  return nameOfLabels(labelsOf(text));
}

/** The name that labels of raw octets make. @throws DnsNameError when it is longer than a name can be. */
export function nameOfLabels(labels: readonly Uint8Array[]): DnsName {
  let octets = 1;
  let name = "";
  for (const label of labels) {
    if (label.length > longestLabel)
      throw new DnsNameError("DomainLabelTooLong", `Domain label is longer than ${longestLabel} octets`);
    octets += label.length + 1;
    name += `${labelText(label)}.`;
  }
  if (octets > longestName)
    throw new DnsNameError("DomainNameTooLong", `Domain name is longer than ${longestName} octets`);
  return name === "" ? rootName : name;
}

/** A label's octets in the canonical form. */
function labelText(label: Uint8Array): string {
  const text = Buffer.from(label.buffer, label.byteOffset, label.length).toString("latin1").toLowerCase();
  if (plain.test(text)) return text;
  let out = "";
  for (const octet of label) {
    const lower = octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
    const letter = String.fromCharCode(lower);
    out += plain.test(letter) ? letter : `\\${lower.toString(8).padStart(3, "0")}`;
  }
  return out;
}

/** The raw octets of a text's labels, without the root's. @throws DnsNameError */
function labelsOf(text: string): readonly Uint8Array[] {
  if (text === "." || text === "") {
    if (text === ".") return [];
    throw new DnsNameError("DomainNameEmpty", "Domain name is empty");
  }
  const labels: Uint8Array[] = [];
  let label: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (label.length === 0) throw new DnsNameError("DomainLabelEmpty", "Domain label is empty");
      labels.push(Uint8Array.from(label));
      label = [];
      continue;
    }
    const escaped = code === 0x5c ? /^[0-3][0-7]{2}/.exec(text.slice(i + 1, i + 4)) : null;
    if (escaped !== null) {
      label.push(Number.parseInt(escaped[0], 8));
      i += 3;
      continue;
    }
    if (code > 0x7e || code < 0x21 || code === 0x5c)
      throw new DnsNameError("UnsupportedCharacter", "Value contains unsupported characters");
    label.push(code);
  }
  if (label.length > 0) labels.push(Uint8Array.from(label));
  return labels;
}

/** The labels of a canonical name, first to last; none for the root. */
function labelsIn(name: DnsName): readonly string[] {
  return name === rootName ? [] : name.slice(0, -1).split(".");
}

/** What names sort by: their labels reversed, with the last dot (`com.example.www.`; API Reference, "ListResourceRecordSets"). */
export function sortKey(name: DnsName): string {
  return name === rootName ? rootName : `${labelsIn(name).toReversed().join(".")}.`;
}

/** The name without its first label; the root's is itself. */
export function parentOf(name: DnsName): DnsName {
  const dot = name.indexOf(".");
  return dot < 0 || dot === name.length - 1 ? rootName : name.slice(dot + 1);
}

/** Whether a name is a zone's, or lies below it. */
export function isWithin(name: DnsName, zone: DnsName): boolean {
  return name === zone || zone === rootName || name.endsWith(`.${zone}`);
}

/** A canonical name as it goes over the wire, uncompressed. */
export function encodeDnsName(name: DnsName): Buffer {
  const labels = labelsIn(name).map((label) =>
    Buffer.from(
      label.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
      "latin1",
    ),
  );
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
}
