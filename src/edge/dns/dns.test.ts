import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packet from "dns-packet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Region } from "../../kernel/brand.ts";
import { movableClock } from "../../kernel/clock.ts";
import type { RecordSet } from "../../kernel/dns/record-set.ts";
import { systemRandom } from "../../kernel/random.ts";
import { createDns, type Dns } from "./dns.ts";
import type { KnownNamesPorts } from "./known-names.ts";
import type { ZoneSummary } from "./name-index.ts";

/** DNS over real sockets, on zones that the test makes up. */

const inspectNames = { name: "InspectNames" } as unknown as KnownNamesPorts["inspectNames"];
const inspectZone = { name: "InspectZone" } as unknown as KnownNamesPorts["inspectZone"];

let folder: string;
let dns: Dns;
let port: number;
let upstream: Socket;
let upstreamAsked: string[];
let zones: ZoneSummary[];
let records: Record<string, RecordSet[]>;
let changed: () => void;
let reads: number;
const clock = movableClock();

const a = (name: string, value: string): RecordSet => ({ name, type: "A", ttl: 60, values: [value] });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rs-dns-"));
  upstreamAsked = [];
  upstream = createSocket("udp4");
  upstream.on("message", (message, from) => {
    const { id, questions = [] } = packet.decode(message);
    const [question] = questions;
    if (question === undefined) return;
    upstreamAsked.push(question.name);
    const answers = [{ type: "A" as const, name: question.name, ttl: 30, data: "192.0.2.99" }];
    upstream.send(packet.encode({ type: "response", id, questions, answers }), from.port, from.address);
  });
  await new Promise<void>((resolve) => upstream.bind(0, "127.0.0.1", resolve));
  reads = 0;
  zones = [
    { id: "ZP", name: "open.example.", isPrivate: false, version: 1, vpcs: [] },
    { id: "ZV", name: "corp.example.", isPrivate: true, version: 1, vpcs: ["vpc-1"] },
  ];
  records = {
    ZP: [
      a("www.open.example.", "10.0.0.1"),
      { name: "away.open.example.", type: "CNAME", ttl: 60, values: ["cdn.elsewhere.org"] },
    ],
    ZV: [
      a("www.corp.example.", "10.0.0.2"),
      {
        name: "many.corp.example.",
        type: "A",
        ttl: 60,
        values: Array.from({ length: 100 }, (_, i) => `10.1.0.${i}`),
      },
    ],
  };
  const client = {
    async invoke(operation: InternalOperation<never, never, unknown>, input: { readonly zone?: string }) {
      reads++;
      return operation.name === "InspectNames" ? { zones, unhealthy: [] } : (records[input.zone ?? ""] ?? []);
    },
  } as unknown as Client;
  dns = createDns({
    client: () => client,
    ...{ inspectNames, inspectZone },
    onChange(callback) {
      changed = callback;
      return () => {};
    },
    sources: [],
    draw: () => 0,
    servers: () => [`127.0.0.1:${upstream.address().port}`],
    ...{ clock, random: systemRandom },
    onError: (error) => {
      throw error;
    },
  });
  port = await dns.listen("127.0.0.1", 0);
});

afterEach(async () => {
  await dns.close();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const question = (name: string): Buffer =>
  packet.encode({ type: "query", id: 9, flags: packet.RECURSION_DESIRED, questions: [{ name, type: "A" }] });

interface Told {
  readonly rcode: number;
  readonly values: readonly string[];
  readonly truncated: boolean;
}

function told(message: Buffer): Told {
  const { answers = [], flag_tc: truncated = false } = packet.decode(message) as packet.DecodedPacket;
  return {
    rcode: message.readUInt16BE(2) & 0xf,
    values: answers.flatMap((answer) => ("data" in answer ? String(answer.data) : [])),
    truncated,
  };
}

function byDatagram(name: string): Promise<Told> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("message", (message) => {
      socket.close();
      resolve(told(message));
    });
    socket.send(question(name), port, "127.0.0.1");
  });
}

/** As a task's network does: framed, over a file. */
async function inVpc(vpcId: string, name: string, suffix: ".udp" | ".tcp" = ".udp"): Promise<Told> {
  const file = await dns.openVpc(folder, { kind: "vpc", vpcId, region: "us-east-1" as Region });
  return new Promise((resolve) => {
    const socket = createConnection(join(folder, `${file}${suffix}`));
    let held = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
      socket.destroy();
      resolve(told(held.subarray(2)));
    });
    const message = question(name);
    const size = Buffer.alloc(2);
    size.writeUInt16BE(message.length);
    // In pieces, as streams come.
    socket.write(size.subarray(0, 1));
    socket.write(Buffer.concat([size.subarray(1), message]));
  });
}

describe("programs of the host", () => {
  test("are answered what is public, and sent away with the rest", async () => {
    expect(await byDatagram("www.open.example")).toMatchObject({ rcode: 0, values: ["10.0.0.1"] });
    expect(await byDatagram("www.corp.example")).toMatchObject({ rcode: 5, values: [] });
    expect(await byDatagram("away.open.example")).toMatchObject({ rcode: 0, values: ["cdn.elsewhere.org"] });
    expect(upstreamAsked).toEqual([]);
  });

  test("are answered by what has changed, and otherwise without reading", async () => {
    await byDatagram("www.open.example");
    const before = reads;
    await byDatagram("www.open.example");
    expect(reads).toBe(before);
    records.ZP = [a("www.open.example.", "10.0.0.7")];
    zones = zones.map((zone) => ({ ...zone, version: 2 }));
    changed();
    expect(await byDatagram("www.open.example")).toMatchObject({ values: ["10.0.0.7"] });
  });
});

/** What nobody should send: in the order of how much of it is a question. */
const nonsense: readonly Buffer[] = [
  Buffer.alloc(0),
  Buffer.alloc(11, 0xff),
  Buffer.alloc(512, 0xc0),
  // A name that points to itself, one that points to the next, which points back, and one that points behind the end.
  ...[
    [0xc0, 12],
    [0xc0, 14, 0xc0, 12],
    [0xff, 0xff],
  ].map((name) => Buffer.concat([question("a").subarray(0, 12), Buffer.from([...name, 0, 1, 0, 1])])),
  question("www.open.example").subarray(0, 20),
  question(Array.from({ length: 120 }, () => "a").join(".")),
];

describe("in a flood", () => {
  test("of what is no question, and of connections that say nothing, others are answered", async () => {
    const socket = createSocket("udp4");
    const sent = Array.from(
      { length: 4_000 },
      (_, index) =>
        new Promise((resolve) => {
          const message = nonsense[index % nonsense.length] ?? Buffer.alloc(0);
          socket.send(message, port, "127.0.0.1", resolve);
        }),
    );
    const silent = Array.from({ length: 400 }, () =>
      createConnection(port, "127.0.0.1").on("error", () => {}),
    );
    await Promise.all(sent);
    socket.close();
    // Datagrams may be lost, the more the fuller the socket is: a resolver asks again.
    let asking: NodeJS.Timeout | undefined;
    const answer = await new Promise((resolve) => {
      asking = setInterval(() => void byDatagram("www.open.example").then(resolve), 200);
    });
    clearInterval(asking);
    expect(answer).toMatchObject({ rcode: 0, values: ["10.0.0.1"] });
    for (const connection of silent) connection.destroy();
  });

  test("a connection is answered what is a question in the middle of what is none", async () => {
    const connection = createConnection(port, "127.0.0.1");
    for (const message of [...nonsense, question("www.open.example")]) {
      const size = Buffer.alloc(2);
      size.writeUInt16BE(message.length);
      connection.write(Buffer.concat([size, message]));
    }
    let held = Buffer.alloc(0);
    const values: string[] = [];
    for await (const chunk of connection) {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0);
        const message = held.subarray(2, end);
        held = held.subarray(end);
        if (message.readUInt16BE(6) > 0) values.push(...told(message).values);
      }
      if (values.length > 0) break;
    }
    expect(values).toEqual(["10.0.0.1"]);
  });
});

describe("a VPC", () => {
  test("is answered its own zones, and no other is", async () => {
    expect(await inVpc("vpc-1", "www.corp.example")).toMatchObject({ rcode: 0, values: ["10.0.0.2"] });
    expect(await inVpc("vpc-2", "none.corp.example")).toMatchObject({ rcode: 0, values: ["192.0.2.99"] });
    expect(upstreamAsked).toEqual(["none.corp.example"]);
  });

  test("has what is elsewhere asked there, once as long as it lasts", async () => {
    expect(await inVpc("vpc-1", "away.open.example")).toMatchObject({
      values: ["cdn.elsewhere.org", "192.0.2.99"],
    });
    await inVpc("vpc-1", "cdn.elsewhere.org");
    expect(upstreamAsked).toEqual(["cdn.elsewhere.org"]);
    clock.advance(31_000);
    await inVpc("vpc-1", "cdn.elsewhere.org");
    expect(upstreamAsked).toHaveLength(2);
  });

  test("is told to come again over TCP when an answer is too large for a datagram", async () => {
    expect(await inVpc("vpc-1", "many.corp.example")).toMatchObject({ truncated: true, values: [] });
    expect((await inVpc("vpc-1", "many.corp.example", ".tcp")).values).toHaveLength(100);
  });
});
