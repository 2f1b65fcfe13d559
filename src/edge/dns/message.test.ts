import packet from "dns-packet";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeRdata, type RecordType, recordTypes } from "../../kernel/dns/rdata.ts";
import {
  bare,
  datagramLimit,
  encodeAnswer,
  type Query,
  readQuery,
  writeAnswer,
  writeMalformed,
} from "./message.ts";
import { valueText } from "./value-text.ts";

function query(name: string, more: packet.Packet = {}): Buffer {
  return packet.encode({
    type: "query",
    id: 7,
    flags: packet.RECURSION_DESIRED,
    questions: [{ name, type: "A" }],
    ...more,
  });
}

const opt = (udpPayloadSize: number, ednsVersion = 0): packet.Packet => ({
  additionals: [
    {
      type: "OPT",
      name: ".",
      udpPayloadSize,
      extendedRcode: 0,
      ednsVersion,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ],
});

const read = (message: Buffer): Query => {
  const found = readQuery(message);
  if (found === undefined || "rcode" in found) throw new Error("no question");
  return found;
};

describe("a question", () => {
  test("is read in any case, and repeated in its own", () => {
    const asked = read(query("wWw.ExamPle.com"));
    expect(asked).toMatchObject({ id: 7, name: "www.example.com.", type: 1, recursionDesired: true });
    const answers = [{ name: "www.example.com.", type: 1, ttl: 5, rdata: Buffer.from([10, 0, 0, 1]) }];
    const encoded = encodeAnswer(asked.name, { ...bare("NOERROR"), answers }, false);
    expect(packet.decode(writeAnswer(asked, encoded, 512))).toMatchObject({
      id: 7,
      flag_qr: true,
      flag_rd: true,
      questions: [{ name: "wWw.ExamPle.com" }],
      answers: [{ name: "wWw.ExamPle.com", type: "A", ttl: 5, data: "10.0.0.1" }],
    });
  });

  const whole = query("www.example.com");
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(whole);
    copy.writeUInt16BE(value, at);
    return copy;
  };
  test.each([
    ["too short", whole.subarray(0, 11), undefined],
    ["an answer itself", changed(2, 0x8180), undefined],
    ["another operation", changed(2, 0x2800), "NOTIMP"],
    ["two questions", changed(4, 2), "FORMERR"],
    ["no question", changed(4, 0), "FORMERR"],
    ["answers of its own", changed(6, 1), "FORMERR"],
    [
      "a name that points to itself",
      Buffer.concat([whole.subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
      "FORMERR",
    ],
    ["a name without an end", whole.subarray(0, 20), "FORMERR"],
    ["a name that is too long", Buffer.concat([whole.subarray(0, 12), Buffer.alloc(300, 1)]), "FORMERR"],
    ["another class", changed(whole.length - 2, 3), "REFUSED"],
    ["records that are not there", changed(10, 3), "FORMERR"],
    ["a later EDNS", query("a", opt(1232, 1)), "BADVERS"],
  ])("%s is answered as such", (_, message, expected) => {
    const found = readQuery(message);
    expect(found === undefined || !("rcode" in found) ? found : found.rcode).toBe(expected);
  });

  test.each([
    [query("a"), 512],
    [query("a", opt(100)), 512],
    [query("a", opt(900)), 900],
    [query("a", opt(4096)), 1232],
  ])("bounds a datagram", (message, limit) => {
    expect(datagramLimit(read(message))).toBe(limit);
  });

  test("is asked again over TCP when the answer is too large", () => {
    const asked = read(query("a", opt(512)));
    const answers = Array.from({ length: 60 }, (_, i) => ({
      name: "a.",
      type: 1,
      ttl: 5,
      rdata: Buffer.from([10, 0, 0, i]),
    }));
    const encoded = encodeAnswer("a.", { ...bare("NOERROR"), answers }, false);
    const cut = writeAnswer(asked, encoded, 512);
    expect(cut.length).toBeLessThanOrEqual(512);
    expect(packet.decode(cut)).toMatchObject({ flag_tc: true, answers: [] });
    expect(packet.decode(writeAnswer(asked, encoded, 65_535))).toMatchObject({ flag_tc: false });
    expect(packet.decode(writeAnswer(asked, encoded, 65_535)).answers).toHaveLength(60);
  });

  test("of any bytes is read or refused, and what answers it is never larger than allowed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, begins) => {
        const message = begins ? Buffer.concat([whole.subarray(0, 12), bytes]) : Buffer.from(bytes);
        const found = readQuery(message);
        if (found === undefined) return;
        if ("rcode" in found) expect(writeMalformed(found).length).toBeLessThanOrEqual(23);
        else
          expect(
            writeAnswer(found, encodeAnswer(found.name, bare("REFUSED"), false), 512).length,
          ).toBeLessThanOrEqual(512);
      }),
      { seed: 53, numRuns: 500 },
    );
  });
});

describe("a value", () => {
  test.each<[RecordType, string, string?]>([
    ["A", "10.1.2.3"],
    ["AAAA", "2001:db8::1"],
    ["AAAA", "::ffff:10.0.0.1", "::ffff:a00:1"],
    ["CNAME", "target.example.", "target.example."],
    ["MX", "10 mail.example."],
    ["SRV", "1 2 80 web.example."],
    ["TXT", '"one" "two words"'],
    ["TXT", '"a \\"quoted\\" word"'],
    ["CAA", '0 issue "ca.example"'],
    ["SOA", "ns.example. admin.example. 1 7200 900 1209600 60"],
    ["PTR", "host.example."],
  ])("%s %s is read by others as it was meant", (type, text, expected = text) => {
    expect(valueText(recordTypes[type], encodeRdata(type, text))).toBe(expected);
  });

  test.each<[RecordType, string, string]>([
    ["DS", "123 4 5 123456789abcdef67890123456789abcdef67890".replace(/.$/, ""), "InvalidHexadecimal"],
    ["A", "10.0.0", "ARRDATAIllegalIPv4Address"],
    ["AAAA", "10.0.0.1", "AAAARRDATAIllegalIPv6Address"],
    ["MX", "mail.example", "MXRRDATANotTwoFields"],
    ["SRV", "1 2 web.example", "SRVRRDATANotFourFields"],
    ["TXT", "bare", "InvalidCharacterString"],
    ["TXT", `"${"x".repeat(256)}"`, "CharacterStringTooLong"],
    ["CNAME", "a..b", "DomainLabelEmpty"],
    ["CNAME", `${"a".repeat(64)}.b`, "DomainLabelTooLong"],
  ])("%s %s is none", (type, text, problem) => {
    expect(() => encodeRdata(type, text)).toThrow(
      expect.objectContaining({ problem: expect.stringContaining(problem) }),
    );
  });

  test("of a service binding is in the order of its keys (RFC 9460, D.2)", () => {
    const wire = encodeRdata(
      "SVCB",
      '16 foo.example.org. alpn="h2,h3-19" mandatory=ipv4hint,alpn ipv4hint=192.0.2.1',
    );
    expect(wire.toString("hex")).toBe(
      "001003666f6f076578616d706c65036f7267000000000400010004000100090268320568332d3139000400" + "04c0000201",
    );
  });

  test("of an IPv6 address has its sixteen octets", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const wire = encodeRdata("AAAA", text);
        expect(new URL(`http://[${valueText(28, wire)}]`).hostname).toBe(
          new URL(`http://[${text}]`).hostname,
        );
      }),
      { seed: 53, numRuns: 300 },
    );
  });
});
