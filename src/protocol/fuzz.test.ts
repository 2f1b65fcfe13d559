import { gzipSync } from "node:zlib";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as route53 from "@aws-sdk/client-route-53";
import { cbor } from "@smithy/core/cbor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFault } from "../kernel/fault.ts";
import { contractOf, type ServiceContract } from "./contract.ts";
import { parseForm } from "./form.ts";
import type { StructureShape } from "./shape.ts";
import { decodeInput, encodeFault, protocolOf, recognise } from "./wire.ts";
import type { WireRequest } from "./wire-message.ts";
import { parseXml } from "./xml-read.ts";

/** Whatever a stranger sends, the answer is a value that fits the model or a fault with a status below 500. */
function survives(contract: ServiceContract, request: WireRequest): boolean {
  try {
    const { protocol, operation } = recognise(contract, request);
    const described = contract.operations.get(operation);
    if (described === undefined) return false;
    const input = decodeInput(contract, described, protocol, request);
    described.validate(input);
    described.redact(input);
    return true;
  } catch (error) {
    if (!isFault(error)) throw error;
    const { status, body } = encodeFault(contract, protocolOf(contract, request), error, "id");
    return status >= 400 && status < 500 && body.length > 0;
  }
}

const runs = { seed: 20150921, numRuns: 150 };
const contracts = {
  cloudwatch: contractOf(cloudwatch),
  ec2: contractOf(ec2),
  ecr: contractOf(ecr),
  iam: contractOf(iam),
  route53: contractOf(route53),
};

function operations(contract: ServiceContract): fc.Arbitrary<string> {
  return fc.constantFrom(...contract.operations.keys());
}

/** Names that mean something to the operation, so that hostile values reach the readers behind them. */
function memberNames(contract: ServiceContract, operation: string): readonly string[] {
  return (contract.operations.get(operation)?.input?.members ?? []).map((member) => member.name);
}

/** Any JSON, half of it under the names of members. */
function anyInput(contract: ServiceContract, operation: string): fc.Arbitrary<unknown> {
  const names = [...memberNames(contract, operation), "__proto__", "constructor", "toString", ""];
  const value = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.constant("__proto__"), fc.double());
  return fc.oneof(value, fc.dictionary(fc.constantFrom(...names), value));
}

const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
const post = { method: "POST", path: "/", query: "" };

describe("hostile requests", () => {
  test("JSON", () => {
    const { ecr: contract } = contracts;
    const request = operations(contract).chain((name) =>
      fc
        .oneof(
          bytes,
          anyInput(contract, name).map((value) => Buffer.from(JSON.stringify(value) ?? "")),
        )
        .map((body) => ({
          ...post,
          headers: {
            "x-amz-target": `${contract.targetPrefix}.${name}`,
            "content-type": "application/x-amz-json-1.1",
          },
          body,
        })),
    );
    fc.assert(
      fc.property(request, (given) => survives(contract, given)),
      runs,
    );
  });

  test.each(["iam", "ec2", "cloudwatch"] as const)("forms of %s", (service) => {
    const contract = contracts[service];
    const step = fc.oneof(
      fc.constantFrom(
        "member",
        "entry",
        "key",
        "value",
        "1",
        "2",
        "0",
        "-1",
        "999999999",
        "__proto__",
        "Key",
        "Value",
        "Name",
      ),
      fc.string({ maxLength: 3 }),
    );
    const request = operations(contract).chain((name) => {
      const top = fc.constantFrom(...memberNames(contract, name), "x");
      const key = fc
        .tuple(top, fc.array(step, { maxLength: 6 }))
        .map(([first, rest]) => [first, ...rest].join("."));
      return fc.array(fc.tuple(key, fc.string()), { maxLength: 12 }).chain((fields) =>
        fc.boolean().map((zipped) => {
          const form = new URLSearchParams([
            ["Action", name],
            ["Version", contract.version],
            ...fields,
          ]).toString();
          return {
            ...post,
            headers: {
              "content-type": "application/x-www-form-urlencoded",
              ...(zipped && { "content-encoding": "gzip" }),
            },
            body: zipped ? gzipSync(form) : Buffer.from(form),
          };
        }),
      );
    });
    fc.assert(
      fc.property(request, (given) => survives(contract, given)),
      runs,
    );
  });

  test("CBOR", () => {
    const { cloudwatch: contract } = contracts;
    const request = operations(contract).chain((name) =>
      fc
        .oneof(
          bytes,
          anyInput(contract, name).map((value) => Buffer.from(cbor.serialize(value))),
        )
        .map((body) => ({
          ...post,
          path: `/service/x/operation/${name}`,
          headers: { "smithy-protocol": "rpc-v2-cbor" },
          body,
        })),
    );
    fc.assert(
      fc.property(request, (given) => survives(contract, given)),
      runs,
    );
  });

  test("REST-XML", () => {
    const { route53: contract } = contracts;
    const request = operations(contract).chain((name) => {
      const operation = contract.operations.get(name);
      const [method = "", uri = ""] = operation?.http ?? [];
      const path = fc.oneof(
        fc.constant(uri.replace(/\{[^}]*\}/g, "x")),
        fc.webPath(),
        fc.string().map((text) => `/2013-04-01/${text}`),
      );
      return fc
        .tuple(path, fc.oneof(bytes, xmlOf(operation?.input)), fc.string())
        .map(([at, body, query]) => ({
          method,
          path: at,
          query,
          headers: {},
          body: Buffer.from(body),
        }));
    });
    fc.assert(
      fc.property(request, (given) => survives(contract, given)),
      runs,
    );
  });

  test("any bytes, any headers, any service", () => {
    const header = fc.constantFrom("x-amz-target", "content-type", "content-encoding", "smithy-protocol");
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "gzip",
        "rpc-v2-cbor",
        "application/x-www-form-urlencoded",
        "application/x-amz-json-1.0",
      ),
    );
    const request = fc.record({
      method: fc.constantFrom("GET", "POST", "PUT"),
      path: fc.webPath(),
      query: fc.string(),
      headers: fc.dictionary(header, value),
      body: bytes,
    });
    const contract = fc.constantFrom(...Object.values(contracts));
    fc.assert(fc.property(contract, request, survives), runs);
  });
});

/** Documents whose elements are often those of the shape. */
function xmlOf(shape: StructureShape | undefined): fc.Arbitrary<string> {
  const names = ["x", ...(shape?.members ?? []).map((member) => member.name)];
  const { node } = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.string(),
      fc.constantFrom("1", "true", "&amp;", "&#0;", "&#x110000;", "<!-- -->", "<![CDATA[x]]>", "<", "</x>"),
      fc
        .tuple(fc.constantFrom(...names), fc.array(tie("node"), { maxLength: 4 }))
        .map(([name, inside]) => `<${name}>${inside.join("")}</${name}>`),
    ),
  }));
  return node;
}

describe("parsers", () => {
  test("a form comes back from its own text", () => {
    const fields = fc.dictionary(fc.string({ minLength: 1 }), fc.string());
    fc.assert(
      fc.property(fields, (given) => {
        const pairs = Object.entries(given).map(
          ([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`,
        );
        expect(Object.fromEntries(parseForm(pairs.join("&")))).toEqual({ ...given });
      }),
      runs,
    );
  });

  test("text in XML comes back as it was written", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, (given) => {
        const escaped = given.replace(/[^A-Za-z]/gu, (c) => `&#${c.codePointAt(0)};`);
        if (!given.includes("\0")) expect(parseXml(`<a>${escaped}</a>`).text).toBe(given);
      }),
      runs,
    );
  });
});
