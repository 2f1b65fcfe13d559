import { gzipSync } from "node:zlib";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as route53 from "@aws-sdk/client-route-53";
import * as sts from "@aws-sdk/client-sts";
import { cbor } from "@smithy/core/cbor";
import { describe, expect, test } from "vitest";
import { Fault } from "../kernel/fault.ts";
import { contractOf, operationOfCommand, type ServiceContract } from "./contract.ts";
import { decodeInput, encodeFault, encodeOutput, protocolOf, recognise } from "./wire.ts";
import type { WireRequest } from "./wire-message.ts";

const services = {
  cloudtrail: contractOf(cloudtrail),
  cloudwatch: contractOf(cloudwatch),
  ec2: contractOf(ec2),
  ecr: contractOf(ecr),
  iam: contractOf(iam),
  route53: contractOf(route53),
  sts: contractOf(sts),
};

const form = "application/x-www-form-urlencoded";

function request(given: Partial<Omit<WireRequest, "body">> & { body?: string | Buffer }): WireRequest {
  return { method: "POST", path: "/", query: "", headers: {}, ...given, body: Buffer.from(given.body ?? "") };
}

function json(target: string, body: string, version = "1.1"): WireRequest {
  return request({
    headers: { "x-amz-target": target, "content-type": `application/x-amz-json-${version}` },
    body,
  });
}

function query(body: string): WireRequest {
  return request({ headers: { "content-type": `${form}; charset=utf-8` }, body });
}

/** What a request means, or the code of the fault it meets. */
function understood(contract: ServiceContract, given: WireRequest): unknown {
  try {
    const { protocol, operation } = recognise(contract, given);
    const described = contract.operations.get(operation);
    if (described === undefined) return "unknown";
    return { protocol, operation, input: decodeInput(contract, described, protocol, given) };
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

const ecrTarget = "AmazonEC2ContainerRegistry_V20150921";

describe("requests", () => {
  test.each([
    [
      "JSON 1.1",
      services.ecr,
      json(`${ecrTarget}.DescribeRepositories`, '{"maxResults":5,"nothing":1,"nextToken":null}'),
      { protocol: "json1.1", operation: "DescribeRepositories", input: { maxResults: 5 } },
    ],
    [
      "a blob in JSON",
      services.ecr,
      json(`${ecrTarget}.UploadLayerPart`, '{"layerPartBlob":"AQI="}'),
      { protocol: "json1.1", operation: "UploadLayerPart", input: { layerPartBlob: Buffer.from([1, 2]) } },
    ],
    [
      "an empty JSON body",
      services.ecr,
      json(`${ecrTarget}.DescribeRegistry`, ""),
      { protocol: "json1.1", operation: "DescribeRegistry", input: {} },
    ],
    [
      "CloudTrail's target as botocore spells it",
      services.cloudtrail,
      json("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", '{"StartTime":1.5}'),
      { protocol: "json1.1", operation: "LookupEvents", input: { StartTime: new Date(1500) } },
    ],
    [
      "a number for text",
      services.ecr,
      json(`${ecrTarget}.DescribeImages`, '{"repositoryName":1}'),
      "SerializationException",
    ],
    [
      "text for a list",
      services.ecr,
      json(`${ecrTarget}.DescribeImages`, '{"imageIds":"a"}'),
      "SerializationException",
    ],
    [
      "a list for a structure",
      services.ecr,
      json(`${ecrTarget}.DescribeImages`, "[]"),
      "SerializationException",
    ],
    [
      "bad base64",
      services.ecr,
      json(`${ecrTarget}.UploadLayerPart`, '{"layerPartBlob":"A!=="}'),
      "SerializationException",
    ],
    ["no JSON", services.ecr, json(`${ecrTarget}.DescribeImages`, "{"), "SerializationException"],
    [
      "deep JSON",
      services.ecr,
      json(`${ecrTarget}.DescribeImages`, "[".repeat(40)),
      "SerializationException",
    ],
    ["an unknown operation", services.ecr, json(`${ecrTarget}.Nothing`, "{}"), "UnknownOperationException"],
    [
      "another service's target",
      services.ecr,
      json("CloudTrail_20131101.TagResource", "{}"),
      "UnknownOperationException",
    ],
    [
      "JSON 1.0 for JSON 1.1",
      services.ecr,
      json(`${ecrTarget}.DescribeImages`, "{}", "1.0"),
      "UnknownOperationException",
    ],
    [
      "a form for JSON",
      services.ecr,
      query("Action=DescribeImages&Version=2015-09-21"),
      "UnknownOperationException",
    ],
    [
      "a body beyond the operation's bound",
      services.ecr,
      json(`${ecrTarget}.DescribeImages`, " ".repeat(1024 * 1024 + 1)),
      "RequestEntityTooLarge",
    ],
    [
      "Query",
      services.iam,
      query(
        "Action=CreateRole&Version=2010-05-08&RoleName=a%2Bb+c&MaxSessionDuration=3600" +
          "&Tags.member.10.Key=z&Tags.member.10.Value=&Tags.member.2.Key=y&Tags.member.2.Value=%C3%A9",
      ),
      {
        protocol: "query",
        operation: "CreateRole",
        input: {
          RoleName: "a+b c",
          MaxSessionDuration: 3600,
          Tags: [
            { Key: "y", Value: "é" },
            { Key: "z", Value: "" },
          ],
        },
      },
    ],
    [
      "Query in the URI",
      services.sts,
      request({ method: "GET", query: "Action=GetCallerIdentity&Version=2011-06-15" }),
      { protocol: "query", operation: "GetCallerIdentity", input: {} },
    ],
    [
      "an empty list in Query",
      services.iam,
      query("Action=TagRole&Version=2010-05-08&RoleName=r&Tags="),
      { protocol: "query", operation: "TagRole", input: { RoleName: "r", Tags: [] } },
    ],
    ["no action", services.iam, query("Version=2010-05-08"), "MissingAction"],
    ["an unknown action", services.iam, query("Action=Nothing&Version=2010-05-08"), "InvalidAction"],
    ["a wrong version", services.iam, query("Action=GetRole&Version=2009-01-01"), "InvalidAction"],
    ["no number", services.iam, query("Action=ListRoles&Version=2010-05-08&MaxItems=x"), "MalformedInput"],
    ["no list", services.iam, query("Action=TagRole&Version=2010-05-08&Tags=x"), "MalformedInput"],
    [
      "no index",
      services.iam,
      query("Action=TagRole&Version=2010-05-08&Tags.member.x.Key=k"),
      "MalformedInput",
    ],
    [
      "a name of 33 parts",
      services.iam,
      query(`Action=TagRole&Version=2010-05-08&${"a.".repeat(32)}a=1`),
      "MalformedInput",
    ],
    ["a broken escape", services.iam, query("Action=GetRole&Version=%zz"), "MalformedQueryString"],
    [
      "EC2",
      services.ec2,
      query(
        "Action=DescribeSubnets&Version=2016-11-15&SubnetId.1=subnet-1&DryRun=false" +
          "&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1&Filter.1.Value.2=vpc-2",
      ),
      {
        protocol: "ec2",
        operation: "DescribeSubnets",
        input: {
          SubnetIds: ["subnet-1"],
          DryRun: false,
          Filters: [{ Name: "vpc-id", Values: ["vpc-1", "vpc-2"] }],
        },
      },
    ],
    [
      "REST-XML",
      services.route53,
      request({
        path: "/2013-04-01/tags/hostedzone/Z%201",
        body: '<?xml version="1.0"?><!-- c --><ChangeTagsForResourceRequest xmlns="x"><AddTags><Tag><Key>a&amp;b</Key><Value><![CDATA[<c>]]></Value></Tag></AddTags></ChangeTagsForResourceRequest>',
      }),
      {
        protocol: "rest-xml",
        operation: "ChangeTagsForResource",
        input: { ResourceType: "hostedzone", ResourceId: "Z 1", AddTags: [{ Key: "a&b", Value: "<c>" }] },
      },
    ],
    [
      "REST query parameters",
      services.route53,
      request({ method: "GET", path: "/2013-04-01/hostedzone", query: "maxitems=3&marker=a%20b" }),
      { protocol: "rest-xml", operation: "ListHostedZones", input: { MaxItems: 3, Marker: "a b" } },
    ],
    ["no route", services.route53, request({ path: "/2013-04-01/nothing" }), "UnknownOperationException"],
    [
      "a document type",
      services.route53,
      request({ path: "/2013-04-01/hostedzone", body: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' }),
      "MalformedInput",
    ],
    [
      "deep XML",
      services.route53,
      request({ path: "/2013-04-01/hostedzone", body: "<a>".repeat(5000) }),
      "MalformedInput",
    ],
    [
      "CBOR",
      services.cloudwatch,
      request({
        path: "/service/GraniteServiceVersion20100801/operation/ListDashboards",
        headers: { "smithy-protocol": "rpc-v2-cbor" },
        body: Buffer.from(cbor.serialize({ DashboardNamePrefix: "a" })),
      }),
      { protocol: "cbor", operation: "ListDashboards", input: { DashboardNamePrefix: "a" } },
    ],
    [
      "deep CBOR",
      services.cloudwatch,
      request({
        path: "/service/GraniteServiceVersion20100801/operation/ListDashboards",
        headers: { "smithy-protocol": "rpc-v2-cbor" },
        body: Buffer.alloc(100_000, 0x81),
      }),
      "SerializationException",
    ],
    [
      "gzip",
      services.cloudwatch,
      request({
        headers: { "content-type": form, "content-encoding": "gzip" },
        body: gzipSync("Action=ListDashboards&Version=2010-08-01&DashboardNamePrefix=a"),
      }),
      { protocol: "query", operation: "ListDashboards", input: { DashboardNamePrefix: "a" } },
    ],
    [
      "gzip that expands beyond the bound",
      services.cloudwatch,
      request({
        headers: { "content-type": form, "content-encoding": "gzip" },
        body: gzipSync(
          `Action=ListDashboards&Version=2010-08-01&DashboardNamePrefix=${"a".repeat(2_000_000)}`,
        ),
      }),
      "RequestEntityTooLarge",
    ],
    [
      "no gzip",
      services.cloudwatch,
      request({
        headers: { "content-type": form, "content-encoding": "gzip" },
        body: "Action=ListDashboards",
      }),
      "MalformedInput",
    ],
    [
      "another coding",
      services.cloudwatch,
      request({ headers: { "content-type": form, "content-encoding": "br" } }),
      "UnsupportedMediaType",
    ],
  ] as const)("%s", (_name, contract, given, expected) => {
    expect(understood(contract, given)).toEqual(expected);
  });

  test.each([
    "9affffffff",
    "9bffffffffffffffff",
    "baffffffff",
    "5affffffff",
    "7affffffff",
    "bf",
    "c1c1c1c1",
    "f97e00",
  ])("CBOR that promises more than it holds: %s", (hex) => {
    const given = request({
      path: "/service/GraniteServiceVersion20100801/operation/ListDashboards",
      headers: { "smithy-protocol": "rpc-v2-cbor" },
      body: Buffer.from(hex, "hex"),
    });
    expect(understood(services.cloudwatch, given)).toBe("SerializationException");
  });

  test("__proto__ is a key like any other, or none", () => {
    const parsed = understood(
      services.ecr,
      json(`${ecrTarget}.DescribeImages`, '{"__proto__":{"repositoryName":"x"}}'),
    );
    expect(parsed).toEqual({ protocol: "json1.1", operation: "DescribeImages", input: {} });
    expect(Object.getPrototypeOf({}).repositoryName).toBeUndefined();
  });

  test("the protocol is known even of a request that is not", () => {
    expect(protocolOf(undefined, request({ headers: { "x-amz-target": "x" } }))).toBe("json1.1");
    expect(protocolOf(services.ecr, request({}))).toBe("json1.1");
    expect(protocolOf(undefined, request({ method: "GET" }))).toBe("query");
  });

  test("an SDK command names its service and operation", () => {
    expect(operationOfCommand(new iam.GetRoleCommand({ RoleName: "r" }))).toEqual({
      namespace: "com.amazonaws.iam",
      name: "GetRole",
    });
  });
});

describe("responses", () => {
  test.each([
    [
      "json1.1",
      services.ecr,
      "CreateRepository",
      {
        repository: { repositoryName: "é", createdAt: new Date(1500), registryId: undefined },
        $metadata: {},
      },
      "application/x-amz-json-1.1",
      '{"repository":{"repositoryName":"é","createdAt":1.5}}',
    ],
    [
      "query",
      services.iam,
      "GetRole",
      { Role: { RoleName: 'a<b>&"', CreateDate: new Date(1000), Tags: [{ Key: "k", Value: "v" }] } },
      "text/xml",
      '<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role>' +
        "<RoleName>a&lt;b&gt;&amp;&quot;</RoleName><CreateDate>1970-01-01T00:00:01Z</CreateDate>" +
        "<Tags><member><Key>k</Key><Value>v</Value></member></Tags></Role></GetRoleResult>" +
        "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetRoleResponse>",
    ],
    [
      "query",
      services.iam,
      "DeleteRole",
      undefined,
      "text/xml",
      '<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">' +
        "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DeleteRoleResponse>",
    ],
    [
      "ec2",
      services.ec2,
      "DeleteSubnet",
      {},
      "text/xml",
      '<DeleteSubnetResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15"><requestId>id</requestId>' +
        "<return>true</return></DeleteSubnetResponse>",
    ],
  ] as const)("%s %s.%s", (protocol, contract, name, output, type, body) => {
    const operation = contract.operations.get(name);
    if (operation === undefined) throw new Error("no such operation");
    const response = encodeOutput(operation, protocol, output, "id");
    expect(response).toEqual({
      status: 200,
      headers: { "content-type": type, "x-amzn-requestid": "id" },
      body,
    });
  });

  test("idempotency tokens that an operation did not answer stay unanswered", () => {
    const operation = services.ec2.operations.get("DescribeCapacityReservations");
    if (operation === undefined) throw new Error("no such operation");
    const { body } = encodeOutput(operation, "ec2", { CapacityReservations: [{ InstanceType: "m5" }] }, "id");
    expect(String(body)).not.toContain("lientToken");
  });
});

describe("faults", () => {
  test.each([
    [
      "ecr",
      "json1.1",
      new Fault("RepositoryNotFoundException", "No"),
      400,
      '{"__type":"RepositoryNotFoundException","message":"No"}',
    ],
    [
      "ecr",
      "json1.1",
      new Fault("ServerException", "No"),
      500,
      '{"__type":"ServerException","message":"No"}',
    ],
    [
      "ecr",
      "json1.1",
      new Fault("AccessDenied", "No"),
      400,
      '{"__type":"AccessDeniedException","Message":"No"}',
    ],
    [
      "ecr",
      "json1.1",
      new Fault("InvalidClientTokenId", "No"),
      400,
      '{"__type":"UnrecognizedClientException","message":"No"}',
    ],
    [
      "ecr",
      "json1.1",
      // What the neutral fault says of Query does not hold for JSON.
      new Fault("SignatureDoesNotMatch", "No", { status: 403 }),
      400,
      '{"__type":"InvalidSignatureException","message":"No"}',
    ],
    [
      "ecr",
      "json1.1",
      new Fault("UnknownOperationException", ""),
      400,
      '{"__type":"UnknownOperationException"}',
    ],
    [
      "ecr",
      "json1.0",
      new Fault("UnknownOperationException", "", { status: 404 }),
      404,
      "<UnknownOperationException/>\n",
    ],
    [
      "ecr",
      "json1.1",
      new Fault("InvalidLayerPartException", "No", {
        members: { registryId: "1", lastValidByteReceived: 5, secret: 1 },
      }),
      400,
      '{"__type":"InvalidLayerPartException","registryId":"1","lastValidByteReceived":5,"message":"No"}',
    ],
    [
      "cloudwatch",
      "json1.0",
      new Fault("ResourceNotFound", "No"),
      404,
      '{"__type":"com.amazonaws.cloudwatch#ResourceNotFound","message":"No"}',
    ],
  ] as const)("%s %s %s", (service, protocol, fault, status, body) => {
    const response = encodeFault(services[service], protocol, fault, "id");
    expect({ status: response.status, body: response.body }).toEqual({ status, body });
    expect(response.headers["x-amzn-requestid"]).toBe("id");
  });

  test.each([
    ["iam", "NoSuchEntity", 404, "NoSuchEntity", "Sender"],
    ["iam", "NoSuchEntityException", 404, "NoSuchEntity", "Sender"],
    ["iam", "ServiceFailureException", 500, "ServiceFailure", "Receiver"],
    ["iam", "AccessDenied", 403, "AccessDenied", "Sender"],
    ["iam", "ValidationError", 400, "ValidationError", "Sender"],
    ["iam", "InternalFailure", 500, "InternalFailure", "Receiver"],
    ["sts", "ExpiredToken", 403, "ExpiredToken", "Sender"],
  ] as const)("query %s %s", (service, code, status, shown, type) => {
    const response = encodeFault(services[service], "query", new Fault(code, "Who & why"), "id");
    expect(response.status).toBe(status);
    expect(response.body).toBe(
      `<ErrorResponse xmlns="${services[service].xmlNamespace}"><Error><Type>${type}</Type><Code>${shown}</Code>` +
        "<Message>Who &amp; why</Message></Error><RequestId>id</RequestId></ErrorResponse>",
    );
  });

  test("EC2 has codes and an envelope of its own", () => {
    const response = encodeFault(services.ec2, "ec2", new Fault("AccessDenied", "No"), "id");
    expect(response.status).toBe(403);
    expect(response.body).toBe(
      "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>No</Message></Error></Errors>" +
        "<RequestID>id</RequestID></Response>",
    );
  });

  test("a service that once spoke Query tells Query's code beside its own", () => {
    const response = encodeFault(services.cloudwatch, "cbor", new Fault("LimitExceededFault", "No"), "id");
    expect(response.headers["x-amzn-query-error"]).toBe("LimitExceeded;Sender");
    expect(cbor.deserialize(Buffer.from(response.body))).toMatchObject({
      __type: "com.amazonaws.cloudwatch#LimitExceededFault",
      message: "No",
    });
  });

  test("a service that is not known", () => {
    expect(encodeFault(undefined, "query", new Fault("MissingAuthenticationToken", "No"), "id").status).toBe(
      403,
    );
  });
});
