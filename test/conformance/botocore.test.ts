import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as organizations from "@aws-sdk/client-organizations";
import * as route53 from "@aws-sdk/client-route-53";
import * as sts from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { Fault } from "../../src/kernel/fault.ts";
import { contractOf, type Protocol, type ServiceContract } from "../../src/protocol/contract.ts";
import { decodeInput, encodeFault, encodeOutput, recognise } from "../../src/protocol/wire.ts";
import type { WireResponse } from "../../src/protocol/wire-message.ts";

/**
 * Every operation, both ways, against botocore: what it serialises we decode to the same values, what we encode it
 * parses to the same values, and every modelled error arrives with its code. `CONFORMANCE_SEED` repeats or varies a
 * run, `CONFORMANCE_CASES` multiplies it.
 */
const seed = process.env.CONFORMANCE_SEED ?? "20150921";
const cases = process.env.CONFORMANCE_CASES ?? "1";
/** One operation in this many, for EC2's eight hundred. */
const ec2Every = process.env.CONFORMANCE_CASES === undefined ? 8 : 1;

interface Row {
  readonly service: string;
  readonly module: object;
  /** botocore's name of the protocol. */
  readonly protocol: string;
  /** Ours, by which the response is encoded. */
  readonly expected: Protocol;
  readonly every?: number;
}

const rows: readonly Row[] = [
  { service: "iam", module: iam, protocol: "query", expected: "query" },
  { service: "sts", module: sts, protocol: "query", expected: "query" },
  { service: "ecr", module: ecr, protocol: "json", expected: "json1.1" },
  { service: "cloudtrail", module: cloudtrail, protocol: "json", expected: "json1.1" },
  { service: "organizations", module: organizations, protocol: "json", expected: "json1.1" },
  { service: "ec2", module: ec2, protocol: "ec2", expected: "ec2", every: ec2Every },
  { service: "cloudwatch", module: cloudwatch, protocol: "query", expected: "query" },
  { service: "cloudwatch", module: cloudwatch, protocol: "json", expected: "json1.0" },
  { service: "cloudwatch", module: cloudwatch, protocol: "smithy-rpc-v2-cbor", expected: "cbor" },
  { service: "route53", module: route53, protocol: "rest-xml", expected: "rest-xml" },
];

interface Case {
  readonly case: number;
  readonly operation?: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: string;
    readonly headers: Record<string, string>;
    readonly body: string;
  };
  readonly input: unknown;
  readonly output: unknown;
  readonly fault?: string;
  readonly message: string;
}

const missing = spawnSync("python3", ["-c", "import botocore"]).status !== 0;
if (missing) console.warn("SKIPPED conformance with botocore: python3 with botocore is not here");

describe.skipIf(missing)("as botocore speaks and hears it", () => {
  test.each(rows)("$service, $protocol", async (row) => {
    const contract = contractOf(row.module);
    const { decoded, seen, answered } = await converse(contract, row);
    expect(decoded).toEqual([]);
    expect(seen).toEqual([{ unanswered: 0 }]);
    expect(answered).toBeGreaterThan(10);
  });
});

/** One run of the peer: how our decoding differs, what botocore's parser says of our encoding, and of how many cases. */
async function converse(contract: ServiceContract, row: Row) {
  const script = fileURLToPath(new URL("botocore_peer.py", import.meta.url));
  const peer = spawn("python3", [script, seed, cases, `${row.service}:${row.protocol}:${row.every ?? 1}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  // A peer that breaks off says why on its error output, and the missing verdict fails the test.
  peer.stdin.on("error", () => {});
  const decoded: unknown[] = [];
  const seen: unknown[] = [];
  let answered = 0;
  let judging = false;
  for await (const line of createInterface({ input: peer.stdout })) {
    if (line === "end") {
      judging = true;
      peer.stdin.end();
    } else if (line === "done") break;
    else if (judging) seen.push(JSON.parse(line));
    else {
      const one = JSON.parse(line) as Case;
      const requestId = `id-${one.case}`;
      const response = answer(contract, row, one, requestId, decoded);
      const body = Buffer.from(response.body).toString("base64");
      peer.stdin.write(`${JSON.stringify({ ...response, case: one.case, requestId, body })}\n`);
      answered++;
    }
  }
  return { decoded, seen, answered };
}

function answer(
  contract: ServiceContract,
  row: Row,
  one: Case,
  requestId: string,
  decoded: unknown[],
): WireResponse {
  if (one.fault !== undefined) {
    return encodeFault(contract, row.expected, new Fault(one.fault, one.message), requestId);
  }
  const operation = contract.operations.get(one.operation ?? "");
  if (operation === undefined) throw new Error(`the SDK does not know ${one.operation}`);
  const request = { ...one.request, body: Buffer.from(one.request.body, "base64") };
  const recognised = recognise(contract, request);
  const input = tagged(decodeInput(contract, operation, recognised.protocol, request));
  const asked = { operation: one.operation, protocol: row.expected, input: one.input };
  const understood = { ...recognised, input };
  if (!same(understood, asked)) decoded.push({ case: one.case, asked, understood, request: one.request });
  return encodeOutput(operation, row.expected, revived(one.output), requestId);
}

/** Times and bytes as the peer writes them. */
function tagged(value: unknown): unknown {
  if (value instanceof Date) return { $t: value.getTime() };
  if (value instanceof Uint8Array) return { $b: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(tagged);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tagged(item)]));
}

function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return value;
  if ("$t" in value) return new Date(Number(value.$t));
  if ("$b" in value) return Buffer.from(String(value.$b), "base64");
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revived(item)]));
}

/** Equal but for the order of members, which no protocol keeps. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => same(Reflect.get(a, key), Reflect.get(b, key)))
  );
}
