import { describe, expect, test } from "vitest";
import { Fault } from "../kernel/fault.ts";
import { contractOf } from "./contract.ts";
import { decodeInput, encodeFault, encodeOutput, recognise } from "./wire.ts";
import type { WireRequest } from "./wire-message.ts";

/**
 * A service with every HTTP binding, in the SDK's form of schema. Numbers are kinds of value (0 text, 1 number,
 * 2 boolean, 4 to 7 times, 21 bytes, 42 a stream), plus 64 for a list and 128 for a map of them.
 */
const Inner = [
  3,
  "com.example",
  "Inner",
  0,
  ["Text", "When"],
  [[0, { jsonName: "text", xmlName: "text" }], 4],
];
const Choice = [4, "com.example", "Choice", 0, ["A", "B"], [0, 1]];
const PutInput = [
  3,
  "com.example",
  "PutInput",
  0,
  ["Id", "Path", "Flag", "Names", "Others", "Since", "Tags", "Meta", "Inner", "Items", "Map", "Choice"],
  [
    [0, 1],
    [0, 1],
    [2, { httpQuery: "flag" }],
    [64 | 0, { httpQuery: "name" }],
    [128 | 0, { httpQueryParams: 1 }],
    [4, { httpHeader: "If-Modified-Since" }],
    [64 | 0, { httpHeader: "X-Tags" }],
    [128 | 0, { httpPrefixHeaders: "x-meta-" }],
    () => Inner,
    [() => [1, "com.example", "Items", 0, () => Inner], { xmlFlattened: 1, xmlName: "Item" }],
    128 | 1,
    () => Choice,
  ],
  2,
];
const PutOutput = [
  3,
  "com.example",
  "PutOutput",
  0,
  ["Status", "When", "Tags", "Meta", "Inner", "Items", "Map"],
  [
    [1, 32],
    [4, { httpHeader: "Last-Modified" }],
    [64 | 0, { httpHeader: "X-Tags" }],
    [128 | 0, { httpPrefixHeaders: "x-meta-" }],
    () => Inner,
    [() => [1, "com.example", "Items", 0, () => Inner], { xmlFlattened: 1, xmlName: "Item" }],
    128 | 1,
  ],
];
const BlobShape = [
  3,
  "com.example",
  "BlobShape",
  0,
  ["Type", "Body"],
  [
    [0, { httpHeader: "Content-Type" }],
    [42, 16],
  ],
];
const Missing = [
  -3,
  "com.example",
  "Missing",
  { error: "client", httpError: 404 },
  ["message", "What"],
  [0, 0],
];

function moduleOf(shapeId: string): object {
  return {
    ExampleClient: class {
      readonly config = {
        defaultSigningName: "example",
        apiVersion: "1",
        protocol: { getShapeId: () => shapeId },
        protocolSettings: { defaultNamespace: "com.example", xmlNamespace: "http://example.com/" },
      };
    },
    Put$: [
      9,
      "com.example",
      "Put",
      { http: ["PUT", "/things/{Id}/{Path+}", 201] },
      () => PutInput,
      () => PutOutput,
    ],
    Special$: [
      9,
      "com.example",
      "Special",
      { http: ["PUT", "/things/{Id}/{Path+}?special", 200] },
      () => PutInput,
      "unit",
    ],
    Fixed$: [9, "com.example", "Fixed", { http: ["PUT", "/things/fixed/path", 200] }, "unit", "unit"],
    Upload$: [
      9,
      "com.example",
      "Upload",
      { http: ["POST", "/blobs", 200] },
      () => BlobShape,
      () => BlobShape,
    ],
    Missing$: Missing,
  };
}

const json = contractOf(moduleOf("aws.protocols#restJson1"));
const xml = contractOf(moduleOf("aws.protocols#restXml"));

function request(method: string, uri: string, headers: Record<string, string> = {}, body = ""): WireRequest {
  const [path = "", query = ""] = uri.split("?");
  return { method, path, query, headers, body: Buffer.from(body) };
}

function decoded(contract: typeof json, given: WireRequest): unknown {
  try {
    const { protocol, operation } = recognise(contract, given);
    const described = contract.operations.get(operation);
    if (described === undefined) throw new Error("no such operation");
    return { [operation]: decodeInput(contract, described, protocol, given) };
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

const headers = {
  "if-modified-since": "Thu, 01 Jan 1970 00:00:02 GMT",
  "x-tags": 'a, "b,c"',
  "x-meta-k": "v",
};
const bound = {
  Id: "a b",
  Path: "c/d",
  Flag: true,
  Names: ["x", "y"],
  Since: new Date(2000),
  Tags: ["a", "b,c"],
};
const others = { Others: { other: "z" }, Meta: { k: "v" } };
const uri = "/things/a%20b/c/d?flag=true&name=x&name=y&other=z";

describe("REST requests", () => {
  test.each([
    [
      "members everywhere, JSON body",
      json,
      request(
        "PUT",
        uri,
        headers,
        '{"Inner":{"text":"t","When":1.5},"Items":[{"text":"i"}],"Map":{"__proto__":1},"Choice":{"B":2}}',
      ),
      {
        Put: {
          ...bound,
          ...others,
          Inner: { Text: "t", When: new Date(1500) },
          Items: [{ Text: "i" }],
          Map: JSON.parse('{"__proto__":1}'),
          Choice: { B: 2 },
        },
      },
    ],
    [
      "members everywhere, XML body",
      xml,
      request(
        "PUT",
        uri,
        headers,
        "<PutInput><Inner><text>t</text><When>1970-01-01T00:00:01.500Z</When></Inner>" +
          "<Item><text>i</text></Item><Item><text>j</text></Item>" +
          "<Map><entry><key>k</key><value>1</value></entry></Map></PutInput>",
      ),
      {
        Put: {
          ...bound,
          ...others,
          Inner: { Text: "t", When: new Date(1500) },
          Items: [{ Text: "i" }, { Text: "j" }],
          Map: { k: 1 },
        },
      },
    ],
    ["literals before labels", json, request("PUT", "/things/fixed/path"), { Fixed: {} }],
    [
      "a fixed query before none",
      json,
      request("PUT", "/things/a/b?special"),
      { Special: { Id: "a", Path: "b", Others: { special: "" } } },
    ],
    ["another method", json, request("GET", "/things/a/b"), "UnknownOperationException"],
    ["an empty label", json, request("PUT", "/things//b"), "UnknownOperationException"],
    ["a broken label", json, request("PUT", "/things/%zz/b"), "UnknownOperationException"],
    ["no boolean", json, request("PUT", "/things/a/b?flag=maybe"), "SerializationException"],
    [
      "no time",
      json,
      request("PUT", "/things/a/b", { "if-modified-since": "soon" }),
      "SerializationException",
    ],
    [
      "two members of a union",
      json,
      request("PUT", "/things/a/b", {}, '{"Choice":{"A":"a","B":1}}'),
      "SerializationException",
    ],
    ["no XML", xml, request("PUT", "/things/a/b", {}, "<a><b></a>"), "MalformedInput"],
    [
      "an unknown entity",
      xml,
      request("PUT", "/things/a/b", {}, "<a><Inner>&x;</Inner></a>"),
      "MalformedInput",
    ],
    [
      "a stream",
      json,
      request("POST", "/blobs", { "content-type": "text/x" }, "bytes"),
      { Upload: { Type: "text/x", Body: Buffer.from("bytes") } },
    ],
  ] as const)("%s", (_name, contract, given, expected) => {
    expect(decoded(contract, given)).toEqual(expected);
  });
});

describe("REST responses", () => {
  const output = {
    Status: 202,
    When: new Date(2000),
    Tags: ["a", "b,c"],
    Meta: { k: "v\r\nX-Evil: 1" },
    Inner: { Text: "<t>", When: new Date(1500) },
    Items: [{ Text: "i" }],
    Map: { k: 1 },
  };
  const shared = {
    "last-modified": "Thu, 01 Jan 1970 00:00:02 GMT",
    "x-amzn-requestid": "id",
    "x-meta-k": "v  X-Evil: 1",
    "x-tags": 'a, "b,c"',
  };

  test.each([
    [
      json,
      "rest-json",
      "application/json",
      '{"Inner":{"text":"<t>","When":1.5},"Items":[{"text":"i"}],"Map":{"k":1}}',
    ],
    [
      xml,
      "rest-xml",
      "application/xml",
      '<PutOutput xmlns="http://example.com/"><Inner><text>&lt;t&gt;</text><When>1970-01-01T00:00:01.500Z</When></Inner>' +
        "<Item><text>i</text></Item><Map><entry><key>k</key><value>1</value></entry></Map></PutOutput>",
    ],
  ] as const)("%#: members everywhere", (contract, protocol, type, body) => {
    const operation = contract.operations.get("Put");
    if (operation === undefined) throw new Error("no such operation");
    const response = encodeOutput(operation, protocol, output, "id");
    expect(response).toEqual({ status: 202, headers: { "content-type": type, ...shared }, body });
  });

  test("bytes go out as they are", () => {
    const operation = json.operations.get("Upload");
    if (operation === undefined) throw new Error("no such operation");
    const response = encodeOutput(operation, "rest-json", { Type: "text/x", Body: Buffer.from("b") }, "id");
    expect(response).toEqual({
      status: 200,
      headers: { "content-type": "text/x", "x-amzn-requestid": "id" },
      body: Buffer.from("b"),
    });
  });

  test("errors", () => {
    const fault = new Fault("Missing", "No", { members: { What: "w" } });
    expect(encodeFault(json, "rest-json", fault, "id")).toEqual({
      status: 404,
      headers: {
        "content-type": "application/json",
        "x-amzn-errortype": "Missing",
        "x-amzn-requestid": "id",
      },
      body: '{"What":"w","message":"No"}',
    });
    expect(encodeFault(xml, "rest-xml", fault, "id").body).toBe(
      '<ErrorResponse xmlns="http://example.com/"><Error><Type>Sender</Type><Code>Missing</Code>' +
        "<Message>No</Message><What>w</What></Error><RequestId>id</RequestId></ErrorResponse>",
    );
    expect(encodeFault(json, "rest-json", new Fault("AccessDenied", "No"), "id").status).toBe(403);
  });
});
