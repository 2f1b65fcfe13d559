import type { Random } from "../../../kernel/random.ts";

/** The top-level domains of a zone's four name servers, and where their numbers begin. */
const domains = [
  ["com", 0],
  ["net", 512],
  ["org", 1024],
  ["co.uk", 1536],
] as const;

/** The name servers of private zones (Developer Guide, "Private hosted zones": they only stand in the NS and SOA records). */
export const privateNameServers: readonly string[] = domains.map(([domain, from]) =>
  nameServer(domain, from, 0),
);

/** Four name servers as AWS numbers them, in the order of AWS's answers: never two of one top-level domain. */
export function drawNameServers(random: Random): readonly string[] {
  const bytes = random.bytes(domains.length * 2 + 1);
  const first = (bytes[0] ?? 0) % domains.length;
  const drawn = domains.map(([domain, from], i) =>
    nameServer(domain, from, bytes.readUInt16BE(1 + 2 * i) % 512),
  );
  return [...drawn.slice(first), ...drawn.slice(0, first)];
}

function nameServer(domain: string, from: number, number: number): string {
  const group = String(Math.floor(number / 8)).padStart(2, "0");
  return `ns-${from + number}.awsdns-${group}.${domain}`;
}
