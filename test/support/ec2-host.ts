import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EC2Client, GetConsoleOutputCommand, RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { type HostKey, openHostKey } from "../../src/runtime/agent/metadata/host-key.ts";
import {
  createInstanceSource,
  type InstanceSource,
  joinInstance,
} from "../../src/runtime/agent/metadata/instance-source.ts";
import { hostImages } from "../../src/services/ec2/instances/host-images.ts";
import type { ClientSettings, TestRoadstead } from "./roadstead.ts";

/** The image for machines of this kind. */
export const hostImage = hostImages.find(
  ({ architecture }) => architecture === (process.arch === "arm64" ? "arm64" : "x86_64"),
);

/** Makes an instance profile with a role that instances of ECS have, and returns its name. */
export async function makeInstanceProfile(client: ClientSettings, name = "ecsInstanceRole"): Promise<string> {
  const iam = new IAMClient(client);
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  await iam.send(
    new AttachRolePolicyCommand({
      RoleName: name,
      PolicyArn: "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role",
    }),
  );
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
  iam.destroy();
  return name;
}

/** Launches an instance, and returns its id, its address in its subnet, and the token with which a machine may be it. */
export async function launchHost(
  client: ClientSettings,
  profile?: string,
  subnet?: string,
): Promise<{ readonly id: string; readonly address: string; readonly token: string }> {
  const ec2 = new EC2Client(client);
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: hostImage?.id,
      InstanceType: "t3.small",
      MinCount: 1,
      MaxCount: 1,
      ...(profile !== undefined && { IamInstanceProfile: { Name: profile } }),
      ...(subnet !== undefined && { SubnetId: subnet }),
    }),
  );
  const { InstanceId: id = "", PrivateIpAddress: address = "" } = Instances?.[0] ?? {};
  ec2.destroy();
  return { id, address, token: await joinTokenOf(client, id) };
}

/** What an instance that waits for its machine says on its console. */
async function joinTokenOf(client: ClientSettings, id: string): Promise<string> {
  const ec2 = new EC2Client(client);
  const { Output = "" } = await ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
  ec2.destroy();
  return /--join (\S+)/.exec(Buffer.from(Output, "base64").toString("utf8"))?.[1] ?? "";
}

/** A machine that has joined as an instance. */
export interface JoinedHost {
  readonly id: string;
  readonly key: HostKey;
  readonly source: InstanceSource;
  /** What RegisterContainerInstance is given of it. */
  readonly identity: {
    readonly instanceIdentityDocument: string;
    readonly instanceIdentityDocumentSignature: string;
  };
}

/** Launches an instance and joins as it, in this process. */
export async function joinedHost(
  roadstead: TestRoadstead,
  client: ClientSettings,
  profile?: string,
): Promise<JoinedHost> {
  const { token } = await launchHost(client, profile);
  return joinBy(roadstead, token);
}

/** Joins as an instance that somebody else has launched. */
export async function joinAs(
  roadstead: TestRoadstead,
  client: ClientSettings,
  id: string,
): Promise<JoinedHost> {
  return joinBy(roadstead, await joinTokenOf(client, id));
}

async function joinBy(roadstead: TestRoadstead, token: string): Promise<JoinedHost> {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-host-key-"));
  try {
    const key = await openHostKey(join(folder, "key"));
    const machine = { architecture: hostImage?.architecture ?? "", cores: 2 };
    const instance = await joinInstance(roadstead.url, token, key, machine);
    const source = createInstanceSource(roadstead.url, instance, key, () => Date.now());
    const facts = await source.facts();
    return {
      ...{ id: instance.split("/").at(-1) ?? "", key, source },
      identity: {
        instanceIdentityDocument: facts.identityDocument,
        instanceIdentityDocumentSignature: facts.identitySignature,
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
