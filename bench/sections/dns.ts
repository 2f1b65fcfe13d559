import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import packet from "dns-packet";
import { type Row, type Scale, sideBySide } from "../measure.ts";
import { startRoadstead } from "../servers.ts";

/** Names that are asked for in turn, and questions under way at once. */
const names = 500;
const window = 64;

/** Answers a second over UDP, of Roadstead and of dnsmasq, from one client in turns. */
export async function benchDns(scale: Scale): Promise<Row[]> {
  const port = await freePort();
  const server = await startRoadstead(undefined, ["--dns-port", String(port)]);
  const peer = await startDnsmasq();
  try {
    await fill(`http://127.0.0.1:${server.port}`);
    const [ours = 0, theirs] = await sideBySide(scale.rounds, [
      () => answersPerSecond(port, scale.seconds),
      ...(peer === undefined ? [] : [() => answersPerSecond(peer.port, scale.seconds)]),
    ]);
    return [
      {
        what: `DNS, ${names} names, ${window} questions at once`,
        ours: `${Math.round(ours)}/s`,
        ...(peer !== undefined &&
          theirs !== undefined && {
            peer: peer.name,
            peerValue: `${Math.round(theirs)}/s`,
            ratio: ours / theirs,
          }),
        aim: "≥ 0.5×",
      },
    ];
  } finally {
    await server.stop();
    peer?.stop();
  }
}

const nameOf = (i: number): string => `host-${i}.bench.example`;
const addressOf = (i: number): string => `10.0.${i >> 8}.${i & 0xff}`;

async function fill(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new Route53Client({ endpoint, region: "us-east-1", credentials });
  const { HostedZone } = await client.send(
    new CreateHostedZoneCommand({ Name: "bench.example", CallerReference: "bench" }),
  );
  const Changes = Array.from({ length: names }, (_, i) => ({
    Action: "CREATE" as const,
    ResourceRecordSet: {
      Name: nameOf(i),
      Type: "A" as const,
      TTL: 60,
      ResourceRecords: [{ Value: addressOf(i) }],
    },
  }));
  await client.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: HostedZone?.Id, ChangeBatch: { Changes } }),
  );
  client.destroy();
}

/** Keeps a window of questions under way; one that is lost is asked again after a while. */
function answersPerSecond(port: number, seconds: number): Promise<number> {
  const questions = Array.from({ length: names }, (_, i) =>
    packet.encode({ type: "query", id: i, questions: [{ name: nameOf(i), type: "A" }] }),
  );
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    let next = 0;
    let answered = 0;
    const ask = (): void => socket.send(questions[next++ % names] ?? Buffer.alloc(0));
    socket.once("error", reject);
    socket.on("message", (answer) => {
      if (answer.readUInt16BE(6) !== 1) return reject(new Error("a name was not answered"));
      answered++;
      ask();
    });
    socket.connect(port, "127.0.0.1", () => {
      const begun = performance.now();
      let before = -1;
      const lost = setInterval(() => {
        if (answered === before) for (let i = 0; i < window; i++) ask();
        before = answered;
      }, 100);
      for (let i = 0; i < window; i++) ask();
      setTimeout(() => {
        clearInterval(lost);
        socket.close();
        resolve(answered / ((performance.now() - begun) / 1000));
      }, seconds * 1000);
    });
  });
}

interface Dnsmasq {
  readonly name: string;
  readonly port: number;
  stop(): void;
}

async function startDnsmasq(): Promise<Dnsmasq | undefined> {
  const asked = spawnSync("dnsmasq", ["--version"], { encoding: "utf8" });
  if (asked.status !== 0) {
    process.stderr.write("bench: dnsmasq is absent: nothing is compared with it\n");
    return undefined;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "bench-dns-"));
  const records = Array.from({ length: names }, (_, i) => `--host-record=${nameOf(i)},${addressOf(i)}`);
  const child: ChildProcess = spawn(
    "dnsmasq",
    [
      ...[
        "--keep-in-foreground",
        "--no-resolv",
        "--no-hosts",
        "--conf-file=/dev/null",
        "--user=",
        "--group=",
      ],
      ...[
        `--pid-file=${join(folder, "pid")}`,
        `--port=${port}`,
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
      ],
      ...records,
    ],
    { stdio: "ignore" },
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    name: `dnsmasq ${/version (\S+)/.exec(asked.stdout)?.[1] ?? ""}`.trim(),
    port,
    stop() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
