import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";

/** The official clients of one account in one region, calling as its root. */
export interface Clients {
  readonly account: string;
  readonly region: string;
  readonly ecr: ECRClient;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly cloudtrail: CloudTrailClient;
}

export function clientsOf(endpoint: string, account: string, region: string): Clients {
  const settings = { endpoint, region, credentials: { accessKeyId: account, secretAccessKey: "test" } };
  return {
    account,
    region,
    ecr: new ECRClient(settings),
    iam: new IAMClient(settings),
    sts: new STSClient(settings),
    cloudtrail: new CloudTrailClient(settings),
  };
}
