// The load generator, a process of its own: it gets one plan, carries it out and answers with what it measured.
import { setTimeout as wait } from "node:timers/promises";
import { type Content, digestOf, piecesOf } from "./content.ts";
import { type Answer, Wire } from "./wire.ts";

/** Requests as they go over the wire, asked over and over. */
export interface RatePlan {
  readonly kind: "rate";
  readonly port: number;
  readonly connections: number;
  /** Of the measured part; a quarter as long is spent before it, unmeasured. */
  readonly seconds: number;
  readonly request: string;
}

/** Blobs to push, each whole: the upload is begun, its bytes are sent, its digest is confirmed. */
export interface PushPlan {
  readonly kind: "push";
  readonly port: number;
  readonly connections: number;
  /** `/v2/<registry>/<repository>`. */
  readonly repository: string;
  /** Header lines, each ended by CRLF. */
  readonly headers: string;
  /** One PUT of known length, or one PATCH of unknown length and an empty PUT, as docker sends. */
  readonly style: "put" | "patch";
  readonly contents: readonly Content[];
}

/** Blobs to pull. */
export interface PullPlan {
  readonly kind: "pull";
  readonly port: number;
  readonly connections: number;
  readonly requests: readonly string[];
}

export type Plan = RatePlan | PushPlan | PullPlan;

export interface Outcome {
  /** Answers, or bytes. */
  readonly amount: number;
  readonly seconds: number;
  /** Of pushed blobs, in the order of the plan. */
  readonly digests?: readonly string[];
}

async function rate(plan: RatePlan): Promise<Outcome> {
  let answers = 0;
  let stopped = false;
  const lanes = lanesOf(plan).map(async (wire) => {
    while (!stopped) {
      expect(await wire.ask(plan.request), 200);
      answers++;
    }
    wire.close();
  });
  const finished = Promise.all(lanes);
  await Promise.race([finished, wait(plan.seconds * 250)]);
  const before = answers;
  const began = performance.now();
  await Promise.race([finished, wait(plan.seconds * 1000)]);
  const seconds = (performance.now() - began) / 1000;
  const amount = answers - before;
  stopped = true;
  await finished;
  return { amount, seconds };
}

async function push(plan: PushPlan): Promise<Outcome> {
  const digests = plan.contents.map(digestOf);
  const seconds = await shared(plan, plan.contents.length, async (wire, index) => {
    const content = plan.contents[index];
    const digest = digests[index];
    if (content !== undefined && digest !== undefined) await pushOne(wire, plan, content, digest);
  });
  return { amount: plan.contents.reduce((sum, { size }) => sum + size, 0), seconds, digests };
}

async function pushOne(wire: Wire, plan: PushPlan, content: Content, digest: string): Promise<void> {
  const begun = expect(
    await wire.ask(head("POST", `${plan.repository}/blobs/uploads/`, `${plan.headers}Content-Length: 0\r\n`)),
    202,
  );
  const upload = locationOf(begun);
  if (plan.style === "put") {
    const length = `Content-Length: ${content.size}\r\nContent-Type: application/octet-stream\r\n`;
    const answer = await wire.send(
      head("PUT", withDigest(upload, digest), plan.headers + length),
      async (write) => {
        for (const [own, rest] of piecesOf(content)) {
          await write(own);
          await write(rest);
        }
      },
    );
    expect(answer, 201);
    return;
  }
  const chunked = "Transfer-Encoding: chunked\r\nContent-Type: application/octet-stream\r\n";
  const appended = expect(
    await wire.send(head("PATCH", upload, plan.headers + chunked), async (write) => {
      for (const [own, rest] of piecesOf(content)) {
        await write(Buffer.from(`${(own.length + rest.length).toString(16)}\r\n${own.toString()}`));
        await write(rest);
        await write(crlf);
      }
      await write(lastChunk);
    }),
    // The specification says 202; ECR says 201.
    202,
    201,
  );
  const put = head("PUT", withDigest(locationOf(appended), digest), `${plan.headers}Content-Length: 0\r\n`);
  expect(await wire.ask(put), 201);
}

async function pull(plan: PullPlan): Promise<Outcome> {
  let bytes = 0;
  const seconds = await shared(plan, plan.requests.length, async (wire, index) => {
    const { size } = expect(await wire.ask(plan.requests[index] ?? ""), 200);
    bytes += size;
  });
  return { amount: bytes, seconds };
}

/** Does numbered work on every connection, each taking the next when it is free. Seconds it took. */
async function shared(
  plan: PushPlan | PullPlan,
  count: number,
  work: (wire: Wire, index: number) => Promise<void>,
): Promise<number> {
  let next = 0;
  const began = performance.now();
  await Promise.all(
    lanesOf(plan).map(async (wire) => {
      while (next < count) await work(wire, next++);
      wire.close();
    }),
  );
  return (performance.now() - began) / 1000;
}

function lanesOf({ port, connections }: Plan): Wire[] {
  return Array.from({ length: connections }, () => new Wire(port));
}

const crlf = Buffer.from("\r\n");
const lastChunk = Buffer.from("0\r\n\r\n");

function head(method: string, path: string, headers: string): string {
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`;
}

function locationOf(answer: Answer): string {
  return (answer.headers.get("location") ?? "").replace(/^https?:\/\/[^/]+/, "");
}

function withDigest(path: string, digest: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}digest=${encodeURIComponent(digest)}`;
}

function expect(answer: Answer, ...statuses: readonly number[]): Answer {
  if (!statuses.includes(answer.status))
    throw new Error(`answered ${answer.status}: ${answer.text.slice(0, 500)}`);
  return answer;
}

const carryOut = { rate, push, pull };

if (process.send !== undefined) {
  process.once("message", async (plan: Plan) => {
    try {
      process.send?.(await carryOut[plan.kind](plan as never));
    } catch (error) {
      process.send?.({ failed: error instanceof Error ? error.message : String(error) });
    }
    process.disconnect();
  });
}
