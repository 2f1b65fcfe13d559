import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import type { ClientSettings } from "./roadstead.ts";

/**
 * Has a rule of the default bus write the events that fit a pattern into a log group.
 * @returns what it wrote so far, in order.
 */
export async function busEvents(
  settings: ClientSettings,
  account: string,
  pattern: Readonly<Record<string, unknown>>,
): Promise<() => Promise<unknown[]>> {
  const logs = new CloudWatchLogsClient(settings);
  const bus = new EventBridgeClient(settings);
  const logGroupName = "/aws/events/heard";
  const arn = `arn:aws:logs:us-east-1:${account}:log-group:${logGroupName}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const statement = {
    Effect: "Allow",
    Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${arn}:*`,
  };
  const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await logs.send(new PutResourcePolicyCommand({ policyName: "events", policyDocument }));
  await bus.send(new PutRuleCommand({ Name: "heard", EventPattern: JSON.stringify(pattern) }));
  await bus.send(new PutTargetsCommand({ Rule: "heard", Targets: [{ Id: "logs", Arn: arn }] }));
  return async () => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    return events.map(({ message = "" }) => JSON.parse(message) as unknown);
  };
}
