import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { formatArn } from "../../../kernel/arn.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Properties, Provision, ResourceType } from "./resource-type.ts";
import { tagMap, textOf, textOr, unlessGone } from "./values.ts";

async function retain(
  logGroupName: string,
  { RetentionInDays }: Properties,
  { client }: Provision,
): Promise<void> {
  await client.send(
    RetentionInDays === undefined
      ? (new DeleteRetentionPolicyCommand({ logGroupName }) as never)
      : new PutRetentionPolicyCommand({ logGroupName, retentionInDays: Number(RetentionInDays) }),
  );
}

const logGroup: ResourceType = {
  type: "AWS::Logs::LogGroup",
  properties: ["KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags"],
  replacedBy: ["KmsKeyId", "LogGroupClass", "LogGroupName", "Tags"],
  async create(properties, at) {
    const logGroupName = textOr(properties, "LogGroupName", at.name(512));
    try {
      const tags = tagMap(properties, at);
      await at.client.send(
        new CreateLogGroupCommand({
          logGroupName,
          ...(properties.KmsKeyId !== undefined && { kmsKeyId: textOf(properties, "KmsKeyId") }),
          ...(properties.LogGroupClass !== undefined && { logGroupClass: properties.LogGroupClass as never }),
          ...(Object.keys(tags).length > 0 && { tags }),
        }),
      );
    } catch (error) {
      if (!at.again || !isFault(error, "ResourceAlreadyExistsException")) throw error;
    }
    if (properties.RetentionInDays !== undefined) await retain(logGroupName, properties, at);
    const arn = formatArn("logs", at.stack.region, at.stack.account, `log-group:${logGroupName}:*`);
    return { physicalId: logGroupName, attributes: { Arn: arn } };
  },
  async update(name, properties, _before, at) {
    await retain(name, properties, at);
    return {};
  },
  remove: (logGroupName, _properties, { client }) =>
    unlessGone(client.send(new DeleteLogGroupCommand({ logGroupName })), "ResourceNotFoundException"),
};

const logStream: ResourceType = {
  type: "AWS::Logs::LogStream",
  properties: ["LogGroupName", "LogStreamName"],
  replacedBy: "all",
  async create(properties, at) {
    const logStreamName = textOr(properties, "LogStreamName", at.name(512));
    try {
      const logGroupName = textOf(properties, "LogGroupName");
      await at.client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    } catch (error) {
      if (!at.again || !isFault(error, "ResourceAlreadyExistsException")) throw error;
    }
    return { physicalId: logStreamName };
  },
  remove: (logStreamName, properties, { client }) =>
    unlessGone(
      client.send(
        new DeleteLogStreamCommand({ logGroupName: textOf(properties, "LogGroupName"), logStreamName }),
      ),
      "ResourceNotFoundException",
    ),
};

/** CloudWatch Logs. */
export const logsTypes: readonly ResourceType[] = [logGroup, logStream];
