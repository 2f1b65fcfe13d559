import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as route53 from "@aws-sdk/client-route-53";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { contractOf } from "./contract.ts";

const mebibyte = 1024 * 1024;

describe("a contract read from its SDK client", () => {
  test.each([
    ["ecr", ecr, "com.amazonaws.ecr", "2015-09-21", "json1.1", "AmazonEC2ContainerRegistry_V20150921"],
    ["iam", iam, "com.amazonaws.iam", "2010-05-08", "query", "AWSIdentityManagementV20100508"],
    ["sts", sts, "com.amazonaws.sts", "2011-06-15", "query", "AWSSecurityTokenServiceV20110615"],
    ["cloudtrail", cloudtrail, "com.amazonaws.cloudtrail", "2013-11-01", "json1.1", "CloudTrail_20131101"],
    ["ec2", ec2, "com.amazonaws.ec2", "2016-11-15", "ec2", "AmazonEC2"],
    [
      "monitoring",
      cloudwatch,
      "com.amazonaws.cloudwatch",
      "2010-08-01",
      "json1.0",
      "GraniteServiceVersion20100801",
    ],
    ["route53", route53, "com.amazonaws.route53", "2013-04-01", "rest-xml", "AWSDnsV20130401"],
    ["s3", s3, "com.amazonaws.s3", "2006-03-01", "rest-xml", "AmazonS3"],
  ] as const)("%s", (signingName, module, namespace, version, protocol, targetPrefix) => {
    const contract = contractOf(module);
    expect(contract).toMatchObject({ signingName, namespace, version, protocol, targetPrefix });
    expect(contract.eventSource).toBe(`${signingName}.amazonaws.com`);
    expect(contract.operations.size).toBeGreaterThan(10);
    for (const operation of contract.operations.values()) expect(operation.service).toBe(contract);
  });

  test("bodies are bounded by operation", () => {
    const { operations } = contractOf(ecr);
    expect(operations.get("DescribeImages")?.maxBody).toBe(mebibyte);
    expect(operations.get("UploadLayerPart")?.maxBody).toBe(28 * mebibyte);
    expect(operations.get("PutImage")?.maxBody).toBe(9 * mebibyte);
  });

  test("an error is found by its name and by Query's code", () => {
    const { errors } = contractOf(iam);
    expect(errors.get("NoSuchEntity")).toBe(errors.get("NoSuchEntityException"));
    expect(errors.get("NoSuchEntity")).toMatchObject({ queryStatus: 404, fault: "client" });
  });

  test.each([
    ["DescribeImages", true],
    ["GetAuthorizationToken", true],
    ["PutImage", false],
    ["BatchGetImage", true],
    ["BatchDeleteImage", false],
  ] as const)("%s changes nothing: %s", (name, readOnly) => {
    expect(contractOf(ecr).operations.get(name)?.readOnlyHint).toBe(readOnly);
  });

  test("what is no SDK client is refused", () => {
    expect(() => contractOf({})).toThrow("the module exports no SDK client");
  });
});

describe("values for the audit trail", () => {
  test.each([
    [
      iam,
      "CreateServiceLinkedRole",
      { AWSServiceName: "ecs.amazonaws.com", Nothing: 1 },
      { aWSServiceName: "ecs.amazonaws.com" },
    ],
    [
      iam,
      "ChangePassword",
      { OldPassword: "a", NewPassword: "b" },
      { oldPassword: "HIDDEN_DUE_TO_SECURITY_REASONS", newPassword: "HIDDEN_DUE_TO_SECURITY_REASONS" },
    ],
    [
      ecr,
      "UploadLayerPart",
      { repositoryName: "r", partFirstByte: 0, layerPartBlob: Buffer.from("x") },
      { repositoryName: "r", partFirstByte: 0 },
    ],
    [
      cloudtrail,
      "LookupEvents",
      { StartTime: new Date(1000), LookupAttributes: [{ AttributeKey: "Username", AttributeValue: "u" }] },
      {
        startTime: "1970-01-01T00:00:01.000Z",
        lookupAttributes: [{ attributeKey: "Username", attributeValue: "u" }],
      },
    ],
    [
      ecr,
      "DescribeImages",
      { repositoryName: "r", imageIds: [null, { imageTag: "v1" }] },
      { repositoryName: "r", imageIds: [null, { imageTag: "v1" }] },
    ],
    [iam, "ListRoles", undefined, null],
  ] as const)("input of %# %s", (module, name, input, expected) => {
    expect(contractOf(module).operations.get(name)?.redact(input)).toEqual(expected);
  });

  test("output", () => {
    const operation = contractOf(iam).operations.get("CreateAccessKey");
    const AccessKey = { UserName: "u", AccessKeyId: "AKIA", SecretAccessKey: "s", Status: "Active" };
    expect(operation?.redactOutput({ AccessKey })).toEqual({
      accessKey: {
        userName: "u",
        accessKeyId: "AKIA",
        secretAccessKey: "HIDDEN_DUE_TO_SECURITY_REASONS",
        status: "Active",
      },
    });
  });
});
