import packet from "dns-packet";
import { bare, encodeAnswer, writeAnswer } from "./message.ts";

/** A value on the wire as people write it, for the types that have a common way; others in hexadecimal (RFC 3597). */
export function valueText(type: number, rdata: Buffer): string {
  const question = Buffer.from([0, 0, 1, 0, 1]);
  const answers = [{ name: ".", type, ttl: 0, rdata }];
  const query = { id: 0, name: ".", type, recursionDesired: false, question };
  const encoded = encodeAnswer(".", { ...bare("NOERROR"), answers }, false);
  const [record] = packet.decode(writeAnswer(query, encoded, 65_535)).answers ?? [];
  switch (record?.type) {
    case "A":
    case "AAAA":
      return record.data;
    case "NS":
    case "CNAME":
    case "PTR":
      return `${record.data}.`;
    case "MX":
      return `${record.data.preference ?? 0} ${record.data.exchange}.`;
    case "SRV": {
      const { priority = 0, weight = 0, port, target } = record.data;
      return `${priority} ${weight} ${port} ${target}.`;
    }
    case "TXT":
      return [record.data]
        .flat()
        .map((text) => `"${text.toString().replaceAll(/["\\]/g, "\\$&")}"`)
        .join(" ");
    case "CAA":
      return `${record.data.flags ?? 0} ${record.data.tag} "${record.data.value}"`;
    case "SOA": {
      const { mname, rname, serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0 } = record.data;
      return `${mname}. ${rname}. ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
    }
    default:
      return `\\# ${rdata.length} ${rdata.toString("hex")}`;
  }
}
