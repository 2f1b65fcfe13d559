import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";

/** The official clients of one account in one region, calling as its root. */
export interface Clients {
  readonly account: string;
  readonly region: string;
  readonly ecr: ECRClient;
  readonly ecs: ECSClient;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly logs: CloudWatchLogsClient;
  readonly sts: STSClient;
  readonly cloudtrail: CloudTrailClient;
}

export function clientsOf(endpoint: string, account: string, region: string): Clients {
  const settings = { endpoint, region, credentials: { accessKeyId: account, secretAccessKey: "test" } };
  return {
    account,
    region,
    ecr: new ECRClient(settings),
    ecs: new ECSClient(settings),
    ec2: new EC2Client(settings),
    iam: new IAMClient(settings),
    logs: new CloudWatchLogsClient(settings),
    sts: new STSClient(settings),
    cloudtrail: new CloudTrailClient(settings),
  };
}
