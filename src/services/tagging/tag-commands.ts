import * as applicationAutoScaling from "@aws-sdk/client-application-auto-scaling";
import * as autoscaling from "@aws-sdk/client-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import { CreateTagsCommand, DeleteTagsCommand } from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as events from "@aws-sdk/client-eventbridge";
import * as kms from "@aws-sdk/client-kms";
import * as route53 from "@aws-sdk/client-route-53";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as cloudmap from "@aws-sdk/client-servicediscovery";
import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from "@aws-sdk/client-ssm";
import type { Client } from "../../dispatch/context.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { Tag } from "../../kernel/tags.ts";

/** How the resources of a service get and lose tags: through its own operations, as whoever calls. */
interface TagCommands {
  tag(client: Client, arn: string, tags: readonly Tag[]): Promise<unknown>;
  untag(client: Client, arn: string, keys: readonly string[]): Promise<unknown>;
}

const upper = (tags: readonly Tag[]) => tags.map(({ key: Key, value: Value }) => ({ Key, Value }));
const lower = (tags: readonly Tag[]) => tags.map(({ key, value }) => ({ key, value }));
const record = (tags: readonly Tag[]) => Object.fromEntries(tags.map(({ key, value }) => [key, value]));
/** What follows the type in an ARN's resource. */
const idOf = (arn: string): string => (parseArn(arn)?.resource ?? "").replace(/^[^:/]+[:/]/, "");

const asgTags = (arn: string, tags: readonly { readonly Key: string; readonly Value?: string }[]) => {
  const ResourceId = arn.split("autoScalingGroupName/")[1] ?? "";
  return tags.map((tag) => ({
    ...tag,
    ...{ ResourceId, ResourceType: "auto-scaling-group", PropagateAtLaunch: false },
  }));
};

const route53Type = (arn: string): route53.TagResourceType =>
  arn.includes("healthcheck/") ? "healthcheck" : "hostedzone";

/** By the service part of ARNs. */
const commands: Readonly<Record<string, TagCommands>> = {
  ecr: {
    tag: (to, resourceArn, tags) => to.send(new ecr.TagResourceCommand({ resourceArn, tags: upper(tags) })),
    untag: (to, resourceArn, tagKeys) =>
      to.send(new ecr.UntagResourceCommand({ resourceArn, tagKeys: [...tagKeys] })),
  },
  ecs: {
    tag: (to, resourceArn, tags) => to.send(new ecs.TagResourceCommand({ resourceArn, tags: lower(tags) })),
    untag: (to, resourceArn, tagKeys) =>
      to.send(new ecs.UntagResourceCommand({ resourceArn, tagKeys: [...tagKeys] })),
  },
  ec2: {
    tag: (to, arn, tags) => to.send(new CreateTagsCommand({ Resources: [idOf(arn)], Tags: upper(tags) })),
    untag: (to, arn, keys) =>
      to.send(new DeleteTagsCommand({ Resources: [idOf(arn)], Tags: keys.map((Key) => ({ Key })) })),
  },
  kms: {
    tag: (to, KeyId, tags) =>
      to.send(
        new kms.TagResourceCommand({
          KeyId,
          Tags: tags.map(({ key: TagKey, value: TagValue }) => ({ TagKey, TagValue })),
        }),
      ),
    untag: (to, KeyId, TagKeys) => to.send(new kms.UntagResourceCommand({ KeyId, TagKeys: [...TagKeys] })),
  },
  secretsmanager: {
    tag: (to, SecretId, tags) =>
      to.send(new secretsmanager.TagResourceCommand({ SecretId, Tags: upper(tags) })),
    untag: (to, SecretId, TagKeys) =>
      to.send(new secretsmanager.UntagResourceCommand({ SecretId, TagKeys: [...TagKeys] })),
  },
  ssm: {
    tag: (to, arn, tags) =>
      to.send(
        new AddTagsToResourceCommand({
          ResourceType: "Parameter",
          ResourceId: parameterOf(arn),
          Tags: upper(tags),
        }),
      ),
    untag: (to, arn, TagKeys) =>
      to.send(
        new RemoveTagsFromResourceCommand({
          ResourceType: "Parameter",
          ResourceId: parameterOf(arn),
          TagKeys: [...TagKeys],
        }),
      ),
  },
  logs: {
    tag: (to, resourceArn, tags) => to.send(new logs.TagResourceCommand({ resourceArn, tags: record(tags) })),
    untag: (to, resourceArn, tagKeys) =>
      to.send(new logs.UntagResourceCommand({ resourceArn, tagKeys: [...tagKeys] })),
  },
  events: {
    tag: (to, ResourceARN, tags) =>
      to.send(new events.TagResourceCommand({ ResourceARN, Tags: upper(tags) })),
    untag: (to, ResourceARN, TagKeys) =>
      to.send(new events.UntagResourceCommand({ ResourceARN, TagKeys: [...TagKeys] })),
  },
  cloudwatch: {
    tag: (to, ResourceARN, tags) =>
      to.send(new cloudwatch.TagResourceCommand({ ResourceARN, Tags: upper(tags) })),
    untag: (to, ResourceARN, TagKeys) =>
      to.send(new cloudwatch.UntagResourceCommand({ ResourceARN, TagKeys: [...TagKeys] })),
  },
  elasticloadbalancing: {
    tag: (to, arn, tags) => to.send(new elb.AddTagsCommand({ ResourceArns: [arn], Tags: upper(tags) })),
    untag: (to, arn, TagKeys) =>
      to.send(new elb.RemoveTagsCommand({ ResourceArns: [arn], TagKeys: [...TagKeys] })),
  },
  autoscaling: {
    tag: (to, arn, tags) =>
      to.send(new autoscaling.CreateOrUpdateTagsCommand({ Tags: asgTags(arn, upper(tags)) })),
    untag: (to, arn, keys) =>
      to.send(
        new autoscaling.DeleteTagsCommand({
          Tags: asgTags(
            arn,
            keys.map((Key) => ({ Key })),
          ),
        }),
      ),
  },
  servicediscovery: {
    tag: (to, ResourceARN, tags) =>
      to.send(new cloudmap.TagResourceCommand({ ResourceARN, Tags: upper(tags) })),
    untag: (to, ResourceARN, TagKeys) =>
      to.send(new cloudmap.UntagResourceCommand({ ResourceARN, TagKeys: [...TagKeys] })),
  },
  route53: {
    tag: (to, arn, tags) =>
      to.send(
        new route53.ChangeTagsForResourceCommand({
          ResourceType: route53Type(arn),
          ResourceId: idOf(arn),
          AddTags: upper(tags),
        }),
      ),
    untag: (to, arn, keys) =>
      to.send(
        new route53.ChangeTagsForResourceCommand({
          ResourceType: route53Type(arn),
          ResourceId: idOf(arn),
          RemoveTagKeys: [...keys],
        }),
      ),
  },
  "application-autoscaling": {
    tag: (to, ResourceARN, tags) =>
      to.send(new applicationAutoScaling.TagResourceCommand({ ResourceARN, Tags: record(tags) })),
    untag: (to, ResourceARN, TagKeys) =>
      to.send(new applicationAutoScaling.UntagResourceCommand({ ResourceARN, TagKeys: [...TagKeys] })),
  },
};

/** The name of a parameter: one in a hierarchy begins with a slash, which its ARN shows once. */
function parameterOf(arn: string): string {
  const name = idOf(arn);
  return name.includes("/") ? `/${name}` : name;
}

/** How a resource gets and loses tags; `undefined` where nothing here has such resources. */
export function commandsFor(arn: string): TagCommands | undefined {
  return commands[parseArn(arn)?.service ?? ""];
}
