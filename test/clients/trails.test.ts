import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateRoleCommand, CreateUserCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterEach, beforeEach, expect, test } from "vitest";
import { movableClock } from "../../src/kernel/clock.ts";
import { minute } from "../../src/kernel/duration.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Trails over the wire: what happens is delivered to a bucket, and to a log group. */

const clock = movableClock();
const patience = { timeout: 20_000, interval: 50 };
let roadstead: TestRoadstead;
let bucket: string;
let trails: CloudTrailClient;
let ecr: ECRClient;

beforeEach(async () => {
  bucket = mkdtempSync(join(tmpdir(), "roadstead-trail-"));
  roadstead = await testRoadstead({ bucketFolders: [`trail-logs=${bucket}`] }, { clock });
  trails = new CloudTrailClient(roadstead.client());
  ecr = new ECRClient(roadstead.client());
});

afterEach(async () => {
  trails?.destroy();
  ecr?.destroy();
  await roadstead?.stop();
  rmSync(bucket, { recursive: true, force: true });
});

const Name = "all";

function files(): readonly string[] {
  return readdirSync(bucket, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".gz"));
}

interface DeliveredRecord {
  readonly eventName: string;
  readonly awsRegion: string;
}

function delivered(): readonly DeliveredRecord[] {
  return files().flatMap((file) => {
    const { Records } = JSON.parse(gunzipSync(readFileSync(join(bucket, file))).toString("utf8"));
    return Records as DeliveredRecord[];
  });
}

async function untilDelivered(eventName: string): Promise<void> {
  clock.advance(8 * minute);
  await expect.poll(() => delivered().map((record) => record.eventName), patience).toContain(eventName);
}

test("events of the region and of global services arrive as gzip files under AWS's names", async () => {
  const made = await trails.send(
    new CreateTrailCommand({
      Name,
      S3BucketName: "trail-logs",
      S3KeyPrefix: "logs",
      TagsList: [{ Key: "a", Value: "b" }],
    }),
  );
  const trail = "arn:aws:cloudtrail:us-east-1:000000000000:trail/all";
  expect(made.TrailARN).toBe(trail);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "before" }));
  await trails.send(new StartLoggingCommand({ Name }));
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  await ecr.send(new DescribeRepositoriesCommand({}));
  const abroad = new ECRClient(roadstead.client("000000000000", "eu-west-1"));
  await abroad.send(new CreateRepositoryCommand({ repositoryName: "abroad" }));
  abroad.destroy();
  await untilDelivered("CreateRepository");
  const names = delivered().map((record) => record.eventName);
  expect(names.filter((name) => name === "CreateRepository")).toHaveLength(1);
  expect(names).toContain("DescribeRepositories");
  expect(files()[0]).toMatch(
    /^logs\/AWSLogs\/000000000000\/CloudTrail\/us-east-1\/\d{4}\/\d\d\/\d\d\/000000000000_CloudTrail_us-east-1_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/,
  );
  await expect
    .poll(async () => (await trails.send(new GetTrailStatusCommand({ Name }))).LatestDeliveryTime, patience)
    .toBeInstanceOf(Date);
  const tags = await trails.send(new ListTagsCommand({ ResourceIdList: [trail] }));
  expect(tags.ResourceTagList?.[0]?.TagsList).toEqual([{ Key: "a", Value: "b" }]);
  const before = files().length;
  await trails.send(new StopLoggingCommand({ Name }));
  expect((await trails.send(new GetTrailStatusCommand({ Name }))).IsLogging).toBe(false);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "after" }));
  clock.advance(20 * minute);
  await expect.poll(() => delivered().map((record) => record.eventName), patience).toContain("StopLogging");
  expect(files().length).toBe(before + 1);
  expect(delivered().filter(({ eventName }) => eventName === "CreateRepository")).toHaveLength(1);
  await trails.send(new DeleteTrailCommand({ Name }));
  expect((await trails.send(new DescribeTrailsCommand({}))).trailList).toEqual([]);
});

test("a trail of all regions takes what its selectors choose, and sends it to a log group as its role", async () => {
  const iam = new IAMClient(roadstead.client());
  const logs = new CloudWatchLogsClient(roadstead.client());
  await logs.send(new CreateLogGroupCommand({ logGroupName: "trail" }));
  const statement = {
    Effect: "Allow",
    Principal: { Service: "cloudtrail.amazonaws.com" },
    Action: "sts:AssumeRole",
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: "trail",
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "trail",
      PolicyName: "logs",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: "*" },
        ],
      }),
    }),
  );
  await trails.send(
    new CreateTrailCommand({
      Name,
      S3BucketName: "trail-logs",
      IsMultiRegionTrail: true,
      CloudWatchLogsLogGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:trail:*",
      CloudWatchLogsRoleArn: Role?.Arn,
    }),
  );
  await trails.send(
    new PutEventSelectorsCommand({
      TrailName: Name,
      AdvancedEventSelectors: [
        {
          Name: "changes of repositories and users",
          FieldSelectors: [
            { Field: "eventCategory", Equals: ["Management"] },
            { Field: "readOnly", Equals: ["false"] },
            { Field: "eventSource", Equals: ["ecr.amazonaws.com", "iam.amazonaws.com"] },
          ],
        },
      ],
    }),
  );
  await trails.send(new StartLoggingCommand({ Name }));
  const abroad = new ECRClient(roadstead.client("000000000000", "eu-west-1"));
  await abroad.send(new CreateRepositoryCommand({ repositoryName: "abroad" }));
  await abroad.send(new DescribeRepositoriesCommand({}));
  abroad.destroy();
  await iam.send(new CreateUserCommand({ UserName: "somebody" }));
  await untilDelivered("CreateUser");
  expect(
    delivered()
      .map(({ eventName, awsRegion }) => `${awsRegion} ${eventName}`)
      .sort(),
  ).toEqual(["eu-west-1 CreateRepository", "us-east-1 CreateUser"]);
  await expect
    .poll(async () => {
      const found = await logs.send(new FilterLogEventsCommand({ logGroupName: "trail" }));
      return found.events?.map(({ message }) => JSON.parse(message ?? "{}").eventName).sort();
    }, patience)
    .toEqual(["CreateRepository", "CreateUser"]);
  const elsewhere = new CloudTrailClient(roadstead.client("000000000000", "eu-west-1"));
  const shadows = await elsewhere.send(new DescribeTrailsCommand({}));
  expect(shadows.trailList).toMatchObject([{ Name, HomeRegion: "us-east-1", HasCustomEventSelectors: true }]);
  elsewhere.destroy();
  iam.destroy();
  logs.destroy();
});

test("refuses what is not there", async () => {
  const create = (more: object) =>
    trails.send(new CreateTrailCommand({ Name, S3BucketName: "trail-logs", ...more }));
  await expect(create({ S3BucketName: "none" })).rejects.toThrow("S3 bucket none does not exist!");
  await expect(create({ Name: "a..b" })).rejects.toMatchObject({ name: "InvalidTrailNameException" });
  await expect(create({ EnableLogFileValidation: true })).rejects.toMatchObject({
    name: "InvalidParameterCombinationException",
  });
  await expect(trails.send(new StartLoggingCommand({ Name }))).rejects.toMatchObject({
    name: "TrailNotFoundException",
  });
  await create({});
  await expect(create({})).rejects.toMatchObject({ name: "TrailAlreadyExistsException" });
  await expect(
    trails.send(
      new PutEventSelectorsCommand({
        TrailName: Name,
        EventSelectors: [{ DataResources: [{ Type: "AWS::S3::Object", Values: ["arn:aws:s3"] }] }],
      }),
    ),
  ).rejects.toMatchObject({ name: "InvalidEventSelectorsException" });
  const { EventSelectors } = await trails.send(new GetEventSelectorsCommand({ TrailName: Name }));
  expect(EventSelectors).toMatchObject([{ ReadWriteType: "All", IncludeManagementEvents: true }]);
  await trails.send(new UpdateTrailCommand({ Name, IsMultiRegionTrail: true }));
  expect((await trails.send(new DescribeTrailsCommand({}))).trailList?.[0]?.IsMultiRegionTrail).toBe(true);
});
