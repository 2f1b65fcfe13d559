import { Readable } from "node:stream";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as route53 from "@aws-sdk/client-route-53";
import { type HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { describe, expect, test } from "vitest";
import { Fault } from "../../src/kernel/fault.ts";
import { contractOf } from "../../src/protocol/contract.ts";
import { decodeInput, encodeFault, encodeOutput, recognise } from "../../src/protocol/wire.ts";
import type { WireRequest } from "../../src/protocol/wire-message.ts";

/** What the official SDK for JavaScript makes of our answers, errors of the model's classes included. */

/** Configures a client whose requests are answered here. `inputs` collects what was asked. */
function answering(module: object, answer: unknown, inputs: unknown[] = []) {
  const contract = contractOf(module);
  return {
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: {
      async handle(sent: HttpRequest) {
        const request = await wireRequest(sent);
        const { protocol, operation: name } = recognise(contract, request);
        const operation = contract.operations.get(name);
        if (operation === undefined) throw new Error("no such operation");
        inputs.push(decodeInput(contract, operation, protocol, request));
        const { status, headers, body } =
          answer instanceof Fault
            ? encodeFault(contract, protocol, answer, "request-1")
            : encodeOutput(operation, protocol, answer, "request-1");
        const response = new HttpResponse({
          statusCode: status,
          headers: { ...headers },
          body: Readable.from([Buffer.from(body)]),
        });
        return { response };
      },
    },
  };
}

async function wireRequest({ method, path, query, headers, body }: HttpRequest): Promise<WireRequest> {
  const fields = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ""].flat().map((one): [string, string] => [name, one]),
  );
  return {
    method,
    path,
    query: new URLSearchParams(fields).toString(),
    headers,
    body: Buffer.from(body ?? ""),
  };
}

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("the SDK for JavaScript", () => {
  test("JSON 1.1", async () => {
    const inputs: unknown[] = [];
    const repository = { repositoryName: "é/x", createdAt: new Date(1500) };
    const client = new ecr.ECRClient(answering(ecr, { repository }, inputs));
    const output = await client.send(new ecr.CreateRepositoryCommand({ repositoryName: "é/x" }));
    expect(inputs).toEqual([{ repositoryName: "é/x" }]);
    expect(output.repository).toEqual(repository);
    expect(output.$metadata.requestId).toBe("request-1");
  });

  test("JSON 1.1, a modelled error with members", async () => {
    const fault = new Fault("InvalidLayerPartException", "No", { members: { lastValidByteReceived: 7 } });
    const client = new ecr.ECRClient(answering(ecr, fault));
    const error = await caught(client.send(new ecr.DescribeRepositoriesCommand({})));
    expect(error).toBeInstanceOf(ecr.InvalidLayerPartException);
    expect(error).toMatchObject({ message: "No", lastValidByteReceived: 7 });
  });

  test("Query", async () => {
    const inputs: unknown[] = [];
    const Role = { RoleName: "r", Path: "/", Tags: [{ Key: "k", Value: "<v>" }], CreateDate: new Date(1500) };
    const client = new iam.IAMClient(answering(iam, { Role }, inputs));
    const Tags = [{ Key: "k", Value: "a b+c" }];
    const output = await client.send(
      new iam.CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: "{}", Tags }),
    );
    expect(inputs).toEqual([{ RoleName: "r", AssumeRolePolicyDocument: "{}", Tags }]);
    expect(output.Role).toEqual(Role);
  });

  test.each([
    ["NoSuchEntity", iam.NoSuchEntityException, 404],
    ["EntityAlreadyExistsException", iam.EntityAlreadyExistsException, 409],
    ["AccessDenied", iam.IAMServiceException, 403],
  ] as const)("Query, %s", async (code, type, status) => {
    const client = new iam.IAMClient(answering(iam, new Fault(code, "Who?")));
    const error = await caught(client.send(new iam.GetRoleCommand({ RoleName: "r" })));
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({
      message: "Who?",
      $metadata: { httpStatusCode: status, requestId: "request-1" },
    });
  });

  test("EC2", async () => {
    const inputs: unknown[] = [];
    const Subnets = [{ SubnetId: "subnet-1", Tags: [{ Key: "k", Value: "v" }], MapPublicIpOnLaunch: false }];
    const client = new ec2.EC2Client(answering(ec2, { Subnets }, inputs));
    const input = { Filters: [{ Name: "vpc-id", Values: ["a", "b"] }], MaxResults: 5 };
    const output = await client.send(new ec2.DescribeSubnetsCommand(input));
    expect(inputs).toEqual([input]);
    expect(output.Subnets).toEqual(Subnets);
  });

  test("REST-XML", async () => {
    const inputs: unknown[] = [];
    const client = new route53.Route53Client(
      answering(route53, { ChangeInfo: { Id: "c", Status: "PENDING", SubmittedAt: new Date(1000) } }, inputs),
    );
    const ChangeBatch = {
      Changes: [
        {
          Action: "UPSERT" as const,
          ResourceRecordSet: {
            Name: "a.example",
            Type: "A" as const,
            TTL: 60,
            ResourceRecords: [{ Value: "10.0.0.1" }, { Value: "10.0.0.2" }],
          },
        },
      ],
    };
    const command = new route53.ChangeResourceRecordSetsCommand({ HostedZoneId: "Z1", ChangeBatch });
    const output = await client.send(command);
    expect(inputs).toEqual([{ HostedZoneId: "Z1", ChangeBatch }]);
    expect(output.ChangeInfo?.Status).toBe("PENDING");
  });

  test("JSON 1.0, compressed, of a service that once spoke Query", async () => {
    const inputs: unknown[] = [];
    const client = new cloudwatch.CloudWatchClient(answering(cloudwatch, {}, inputs));
    const MetricData = Array.from({ length: 500 }, (_, i) => ({ MetricName: `m${i}`, Value: i / 4 }));
    await client.send(new cloudwatch.PutMetricDataCommand({ Namespace: "n", MetricData }));
    expect(inputs).toEqual([{ Namespace: "n", MetricData }]);
    const failing = new cloudwatch.CloudWatchClient(
      answering(cloudwatch, new Fault("ResourceNotFound", "No")),
    );
    const error = await caught(failing.send(new cloudwatch.GetDashboardCommand({ DashboardName: "d" })));
    expect(error).toBeInstanceOf(cloudwatch.ResourceNotFound);
  });
});
