import type { Event } from "@aws-sdk/client-cloudtrail";

/** What the pages show of a CloudTrail record. */
export interface TrailRecord {
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestID?: string;
  readonly sourceIPAddress?: string;
  readonly awsRegion?: string;
  readonly userIdentity?: {
    readonly type?: string;
    readonly arn?: string;
    readonly invokedBy?: string;
    readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string } };
  };
}

/** Reads the record of an event. */
export function recordOf({ CloudTrailEvent: text = "{}" }: Event): TrailRecord {
  try {
    return JSON.parse(text) as TrailRecord;
  } catch {
    return {};
  }
}
