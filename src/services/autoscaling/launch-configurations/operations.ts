import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { AnyOperation, InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import { launchConfigurationArn } from "../arn.ts";
import { alreadyExists, limitExceeded, notServed, validation } from "../faults.ts";
import { listGroups } from "../groups/group.ts";
import { type AutoScaling, describing, paged } from "../operation.ts";
import type { AutoScalingTables } from "../store.ts";
import {
  findConfiguration,
  type LaunchConfiguration,
  type LaunchConfigurationDocument,
  listConfigurations,
} from "./configuration.ts";

/** AWS General Reference, "Amazon EC2 Auto Scaling endpoints and quotas". */
export const mostConfigurations = 200;

type Input = InputOf<AutoScaling, "CreateLaunchConfiguration">;

/** Members of a launch configuration that would be accepted and then not happen. */
const unhonoured = [
  "KeyName",
  "ClassicLinkVPCId",
  "InstanceId",
  "KernelId",
  "RamdiskId",
  "SpotPrice",
  "PlacementTenancy",
] as const;

const createLaunchConfiguration: WriteOperation<AutoScaling, "CreateLaunchConfiguration"> = {
  name: "CreateLaunchConfiguration",
  authorise: (input, ctx) => [
    {
      action: "autoscaling:CreateLaunchConfiguration",
      resource: launchConfigurationArn(ctx, "*", input.LaunchConfigurationName ?? ""),
      context: {
        "autoscaling:ImageId": input.ImageId,
        "autoscaling:InstanceType": input.InstanceType,
        "autoscaling:SpotPrice": input.SpotPrice,
        "autoscaling:MetadataHttpEndpoint": input.MetadataOptions?.HttpEndpoint,
        "autoscaling:MetadataHttpPutResponseHopLimit":
          input.MetadataOptions?.HttpPutResponseHopLimit?.toString(),
        "autoscaling:MetadataHttpTokens": input.MetadataOptions?.HttpTokens,
      },
    },
  ],
  async commit(tx, ctx, input) {
    const { LaunchConfigurationName: name = "" } = input;
    const document = readConfiguration(input);
    const all = await listConfigurations(tx, ctx);
    if (all.some((one) => one.name === name)) {
      throw alreadyExists(
        "Launch Configuration by this name already exists - A launch configuration already exists with the name " +
          name,
      );
    }
    if (all.length >= mostConfigurations) {
      throw limitExceeded(
        `You have already used up your quota of ${mostConfigurations} launch configurations.`,
      );
    }
    await tx
      .tables<AutoScalingTables>()
      .insertInto("autoscaling_launch_configuration")
      .values({
        ...{ account: ctx.account, region: ctx.region, name, id: uuid(ctx.random) },
        ...{ created_at: ctx.now, document: JSON.stringify(document) },
      })
      .execute();
    return {};
  },
};

function readConfiguration(input: Input): LaunchConfigurationDocument {
  const { ImageId: image, InstanceType: type, SecurityGroups: groups = [] } = input;
  if (image === undefined || image === "") {
    throw validation(
      "Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.",
    );
  }
  if (type === undefined) {
    throw validation(
      "Valid requests must contain either the InstanceID parameter or both the ImageId and InstanceType parameters.",
    );
  }
  const strange = unhonoured.find((member) => (input[member] ?? "") !== "");
  if (strange !== undefined) throw notServed(strange);
  if ((input.BlockDeviceMappings ?? []).length > 0) throw notServed("BlockDeviceMappings");
  if (input.AssociatePublicIpAddress === true) throw notServed("AssociatePublicIpAddress");
  return {
    ...{ image, type, groups },
    ...(input.IamInstanceProfile !== undefined && { profile: input.IamInstanceProfile }),
    ...(input.UserData !== undefined && { userData: input.UserData }),
    ...(input.MetadataOptions !== undefined && { metadata: input.MetadataOptions }),
  };
}

const deleteLaunchConfiguration: WriteOperation<AutoScaling, "DeleteLaunchConfiguration"> = {
  name: "DeleteLaunchConfiguration",
  async authorise({ LaunchConfigurationName: name = "" }, ctx) {
    const found = await findConfiguration(ctx.rows, ctx, name);
    const resource = found?.arn ?? launchConfigurationArn(ctx, "*", name);
    return [{ action: "autoscaling:DeleteLaunchConfiguration", resource }];
  },
  async commit(tx, ctx, { LaunchConfigurationName: name = "" }) {
    if ((await findConfiguration(tx, ctx, name)) === undefined) {
      throw validation(`Launch configuration name not found - Launch configuration ${name} not found`);
    }
    const used = (await listGroups(tx, ctx)).some(
      ({ document: { launch } }) => launch.from === "configuration" && launch.name === name,
    );
    if (used) {
      throw new Fault(
        "ResourceInUseFault",
        `Cannot delete launch configuration ${name} because it is attached to an AutoScalingGroup`,
      );
    }
    await tx
      .tables<AutoScalingTables>()
      .deleteFrom("autoscaling_launch_configuration")
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .where("name", "=", name)
      .execute();
    return {};
  },
};

const describeLaunchConfigurations = describing("DescribeLaunchConfigurations", async (ctx, input) => {
  const { LaunchConfigurationNames: names = [] } = input;
  const all = await listConfigurations(ctx.rows, ctx);
  const wanted = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  const { items, NextToken } = paged(wanted, input, ({ name }) => name);
  return { LaunchConfigurations: items.map(wireConfiguration), NextToken };
});

function wireConfiguration({
  name,
  arn,
  createdAt,
  document,
}: LaunchConfiguration): autoscaling.LaunchConfiguration {
  return {
    LaunchConfigurationName: name,
    LaunchConfigurationARN: arn,
    ImageId: document.image,
    InstanceType: document.type,
    KeyName: "",
    SecurityGroups: [...document.groups],
    ClassicLinkVPCSecurityGroups: [],
    UserData: document.userData ?? "",
    KernelId: "",
    RamdiskId: "",
    BlockDeviceMappings: [],
    InstanceMonitoring: { Enabled: true },
    ...(document.profile !== undefined && { IamInstanceProfile: document.profile }),
    ...(document.metadata !== undefined && { MetadataOptions: document.metadata }),
    EbsOptimized: false,
    CreatedTime: new Date(createdAt),
  };
}

export const launchConfigurationOperations: readonly AnyOperation[] = [
  createLaunchConfiguration,
  deleteLaunchConfiguration,
  describeLaunchConfigurations,
];
