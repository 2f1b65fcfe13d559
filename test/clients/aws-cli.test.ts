import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { pushSample } from "./images.ts";

const reason = missing("aws");
const home = "111111111111";
const neighbour = "222222222222";
const role = "AWSServiceRoleForECRReplication";
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const anything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

// Each call starts a Python interpreter: seconds on a busy machine.
const patience = { timeout: 180_000 };

describe.skipIf(reason !== undefined)("the voyage, with the AWS CLI", patience, () => {
  let roadstead: TestRoadstead;
  beforeAll(async () => {
    roadstead = await testRoadstead();
  });
  afterAll(() => roadstead.stop());

  /** Runs `aws …` as the root of an account; the answer is its JSON, or the error line. */
  async function aws(line: string, account = home, region = "us-east-1", more: readonly string[] = []) {
    const outcome = await command("aws", [...line.split(" "), ...more, "--output", "json"], {
      env: roadstead.environment(account, region),
    });
    const answer: unknown =
      outcome.code === 0 && outcome.stdout.trim() !== "" ? JSON.parse(outcome.stdout) : undefined;
    return { code: outcome.code, answer: answer as never, error: outcome.stderr.trim() };
  }

  async function push(tag: string): Promise<string> {
    const { answer } = await aws("ecr get-authorization-token");
    const [data] = (answer as { authorizationData: { authorizationToken: string }[] }).authorizationData;
    const path = `${home}.us-east-1/team/app`;
    return (await pushSample(roadstead.url, path, tag, data?.authorizationToken ?? "", tag)).digest;
  }

  async function replicated(tag: string): Promise<Record<string, { status: string; failureCode?: string }>> {
    for (;;) {
      const { answer } = await aws(
        `ecr describe-image-replication-status --repository-name team/app --image-id imageTag=${tag}`,
      );
      const { replicationStatuses } = answer as {
        replicationStatuses: { registryId: string; region: string; status: string; failureCode?: string }[];
      };
      if (replicationStatuses.every(({ status }) => status !== "IN_PROGRESS")) {
        return Object.fromEntries(replicationStatuses.map((one) => [`${one.registryId} ${one.region}`, one]));
      }
    }
  }

  function registryPolicy(...actions: string[]): string {
    return JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "In",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${home}:root` },
          Action: actions,
          Resource: `arn:aws:ecr:us-west-2:${neighbour}:repository/*`,
        },
      ],
    });
  }

  const destinations = JSON.stringify({
    rules: [
      {
        destinations: [
          { region: "eu-west-1", registryId: home },
          { region: "us-west-2", registryId: neighbour },
        ],
      },
    ],
  });

  test("1: a repository is made and described", async () => {
    const created = await aws("ecr create-repository --repository-name team/app");
    expect(created.answer).toMatchObject({
      repository: {
        repositoryArn: `arn:aws:ecr:us-east-1:${home}:repository/team/app`,
        imageTagMutability: "MUTABLE",
      },
    });
    const digest = await push("v1");
    const described = await aws("ecr describe-images --repository-name team/app");
    expect(described.answer).toMatchObject({ imageDetails: [{ imageDigest: digest, imageTags: ["v1"] }] });
  });

  test("2: a configuration makes the role; the next push arrives at both destinations", async () => {
    await aws("ecr put-registry-policy", neighbour, "us-west-2", [
      "--policy-text",
      registryPolicy("ecr:ReplicateImage", "ecr:CreateRepository"),
    ]);
    const put = await aws("ecr put-replication-configuration", home, "us-east-1", [
      "--replication-configuration",
      destinations,
    ]);
    expect(put.error).toBe("");
    const digest = await push("v2");
    const statuses = await replicated("v2");
    expect(statuses[`${home} eu-west-1`]?.status).toBe("COMPLETE");
    expect(statuses[`${neighbour} us-west-2`]?.status).toBe("COMPLETE");
    for (const [account, region] of [
      [home, "eu-west-1"],
      [neighbour, "us-west-2"],
    ] as const) {
      const there = await aws("ecr describe-images --repository-name team/app", account, region);
      expect(there.answer).toMatchObject({ imageDetails: [{ imageDigest: digest, imageTags: ["v2"] }] });
    }
  });

  test("3: the role has AWS's shape", async () => {
    const got = await aws(`iam get-role --role-name ${role}`);
    expect(got.answer).toMatchObject({
      Role: {
        Path: "/aws-service-role/replication.ecr.amazonaws.com/",
        RoleName: role,
        Arn: `arn:aws:iam::${home}:role/aws-service-role/replication.ecr.amazonaws.com/${role}`,
        MaxSessionDuration: 3600,
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "replication.ecr.amazonaws.com" },
              Action: "sts:AssumeRole",
            },
          ],
        },
      },
    });
    const attached = await aws(`iam list-attached-role-policies --role-name ${role}`);
    expect(attached.answer).toEqual({
      AttachedPolicies: [
        {
          PolicyName: "ECRReplicationServiceRolePolicy",
          PolicyArn: "arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy",
        },
      ],
    });
  });

  // facts A2, "What can be changed on an SLR, and what is refused": recorded from AWS.
  const protectedText = `Cannot perform the operation on the protected role '${role}' - this role is only modifiable by AWS`;
  const refused: readonly (readonly [string, readonly string[], string])[] = [
    [
      `update-role --role-name ${role} --max-session-duration 7200`,
      [],
      `${role} is an AWS service linked role, max session duration cannot be changed.`,
    ],
    [`update-assume-role-policy --role-name ${role}`, ["--policy-document", trust], protectedText],
    [
      `put-role-policy --role-name ${role} --policy-name more`,
      ["--policy-document", anything],
      protectedText,
    ],
    [`delete-role-policy --role-name ${role} --policy-name more`, [], protectedText],
    [
      `attach-role-policy --role-name ${role} --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess`,
      [],
      protectedText,
    ],
    [
      `detach-role-policy --role-name ${role} --policy-arn arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy`,
      [],
      protectedText,
    ],
    [
      `put-role-permissions-boundary --role-name ${role} --permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess`,
      [],
      protectedText,
    ],
    [`delete-role-permissions-boundary --role-name ${role}`, [], protectedText],
    [`add-role-to-instance-profile --role-name ${role} --instance-profile-name p`, [], protectedText],
    [`remove-role-from-instance-profile --role-name ${role} --instance-profile-name p`, [], protectedText],
    [`delete-role --role-name ${role}`, [], protectedText],
  ];

  test("3: each edit that AWS refuses is refused with its code and words", async () => {
    await aws("iam create-instance-profile --instance-profile-name p");
    for (let i = 0; i < refused.length; i += 4) {
      const some = refused.slice(i, i + 4).map(async ([line, more, text]) => {
        const outcome = await aws(`iam ${line}`, home, "us-east-1", more);
        expect(outcome.error, line).toContain("(UnmodifiableEntity)");
        expect(outcome.error, line).toContain(text);
      });
      await Promise.all(some);
    }
    const twelfth = await aws(
      "iam create-service-linked-role --aws-service-name replication.ecr.amazonaws.com --custom-suffix x",
    );
    expect(twelfth.error).toContain("(InvalidInput)");
    expect(twelfth.error).toContain("Custom suffix is not allowed for replication.ecr.amazonaws.com");
  });

  test("3: description and tags change; the policy attaches to nothing else; nobody assumes the role", async () => {
    expect((await aws(`iam update-role-description --role-name ${role} --description ships`)).error).toBe("");
    expect((await aws(`iam tag-role --role-name ${role} --tags Key=team,Value=harbour`)).error).toBe("");
    expect((await aws(`iam get-role --role-name ${role}`)).answer).toMatchObject({
      Role: { Description: "ships", Tags: [{ Key: "team", Value: "harbour" }] },
    });
    const policy = "arn:aws:iam::aws:policy/aws-service-role/ECRReplicationServiceRolePolicy";
    await aws("iam create-user --user-name sailor");
    const user = await aws(`iam attach-user-policy --user-name sailor --policy-arn ${policy}`);
    expect(user.error).toContain("Cannot attach AWS reserved policy to an IAM user.");
    await aws("iam create-role --role-name mine", home, "us-east-1", [
      "--assume-role-policy-document",
      trust,
    ]);
    const other = await aws(`iam attach-role-policy --role-name mine --policy-arn ${policy}`);
    expect(other.error).toContain("Cannot attach a Service Role Policy to a Customer Role.");
    const arn = `arn:aws:iam::${home}:role/aws-service-role/replication.ecr.amazonaws.com/${role}`;
    const root = await aws(`sts assume-role --role-arn ${arn} --role-session-name me`);
    expect(root.error).toContain("Roles may not be assumed by root accounts.");
  });

  test("5: without ecr:ReplicateImage replication fails and the role's own refused call is on record", async () => {
    await aws("ecr put-registry-policy", neighbour, "us-west-2", [
      "--policy-text",
      registryPolicy("ecr:CreateRepository"),
    ]);
    await push("v3");
    const statuses = await replicated("v3");
    expect(statuses[`${home} eu-west-1`]?.status).toBe("COMPLETE");
    expect(statuses[`${neighbour} us-west-2`]).toMatchObject({
      status: "FAILED",
      failureCode: "DESTINATION_REGISTRY_ACCESS_DENIED",
    });
    for (const account of [home, neighbour]) {
      const events = await aws(
        "cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=ReplicateImage",
        account,
        "us-west-2",
      );
      const [newest] = (events.answer as { Events: { CloudTrailEvent: string }[] }).Events;
      expect(JSON.parse(newest?.CloudTrailEvent ?? "{}")).toMatchObject({
        errorCode: "AccessDenied",
        recipientAccountId: account,
        userIdentity: {
          type: "AssumedRole",
          arn: `arn:aws:sts::${home}:assumed-role/${role}/ecr-replication`,
          invokedBy: "replication.ecr.amazonaws.com",
        },
      });
    }
    await aws("ecr put-registry-policy", neighbour, "us-west-2", [
      "--policy-text",
      registryPolicy("ecr:ReplicateImage", "ecr:CreateRepository"),
    ]);
    await push("v4");
    expect((await replicated("v4"))[`${neighbour} us-west-2`]?.status).toBe("COMPLETE");
  });

  test("6: the trail names the service; the role remembers its use", async () => {
    const made = await aws(
      "cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=CreateServiceLinkedRole",
    );
    const events = (made.answer as { Events: { CloudTrailEvent: string }[] }).Events.map(
      (event) => JSON.parse(event.CloudTrailEvent) as { errorCode?: string; userIdentity: object },
    );
    expect(events.find((event) => event.errorCode === undefined)).toMatchObject({
      userIdentity: { type: "Root", invokedBy: "ecr.amazonaws.com" },
    });
    const got = await aws(`iam get-role --role-name ${role}`);
    const used = (got.answer as { Role: { RoleLastUsed: { LastUsedDate?: string; Region?: string } } }).Role
      .RoleLastUsed;
    expect(used.LastUsedDate).toBeDefined();
    expect(["eu-west-1", "us-west-2"]).toContain(used.Region);
    const arn = `arn:aws:iam::${home}:role/aws-service-role/replication.ecr.amazonaws.com/${role}`;
    const job = await aws(`iam generate-service-last-accessed-details --arn ${arn}`);
    const { JobId } = job.answer as { JobId: string };
    let report: {
      JobStatus: string;
      ServicesLastAccessed: { ServiceNamespace: string; LastAuthenticated?: string }[];
    };
    do {
      report = (await aws(`iam get-service-last-accessed-details --job-id ${JobId}`)).answer;
    } while (report.JobStatus === "IN_PROGRESS");
    expect(report.ServicesLastAccessed).toEqual([
      expect.objectContaining({ ServiceNamespace: "ecr", LastAuthenticated: expect.any(String) }),
    ]);
  });

  test("4: deletion fails while a region has a configuration, succeeds afterwards; the next one makes it anew", async () => {
    const before = (await aws(`iam get-role --role-name ${role}`)).answer as { Role: { RoleId: string } };
    const failed = await deletion();
    expect(failed).toMatchObject({
      Status: "FAILED",
      Reason: {
        Reason: "Role in use.",
        RoleUsageList: [{ Region: "us-east-1", Resources: [expect.any(String)] }],
      },
    });
    await aws("ecr put-replication-configuration", home, "us-east-1", [
      "--replication-configuration",
      '{"rules":[]}',
    ]);
    expect(await deletion()).toMatchObject({ Status: "SUCCEEDED" });
    expect((await aws(`iam get-role --role-name ${role}`)).error).toContain("NoSuchEntity");
    await aws("ecr put-replication-configuration", home, "us-east-1", [
      "--replication-configuration",
      destinations,
    ]);
    const anew = (await aws(`iam get-role --role-name ${role}`)).answer as { Role: { RoleId: string } };
    expect(anew.Role.RoleId).not.toBe(before.Role.RoleId);
  });

  async function deletion(): Promise<object> {
    const { answer } = await aws(`iam delete-service-linked-role --role-name ${role}`);
    const { DeletionTaskId } = answer as { DeletionTaskId: string };
    for (;;) {
      const status = await aws(
        `iam get-service-linked-role-deletion-status --deletion-task-id ${DeletionTaskId}`,
      );
      if (status.error.includes("Cannot find deletion status for given id.")) continue;
      expect(status.error).toBe("");
      const found = status.answer as { Status: string };
      if (found.Status === "SUCCEEDED" || found.Status === "FAILED") return found;
    }
  }
});
