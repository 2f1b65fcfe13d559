import { LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import type { Clients } from "./clients.ts";
import { ecsRole } from "./harbour.ts";

interface Shown {
  readonly eventName: string;
  readonly userIdentity: { readonly arn?: string };
}

/** What ECS did in a session of its service-linked role, oldest first. Throws when it did nothing. */
export async function roleCalls({ cloudtrail }: Clients): Promise<string[]> {
  const { Events = [] } = await cloudtrail.send(new LookupEventsCommand({ MaxResults: 50 }));
  const calls = Events.map((event) => JSON.parse(event.CloudTrailEvent ?? "{}") as Shown)
    .filter(({ userIdentity }) => userIdentity.arn?.includes(`/${ecsRole}/`))
    .map(({ eventName, userIdentity }) => `${eventName}  ${userIdentity.arn}`);
  if (calls.length === 0) throw new Error("ECS made no call as its role");
  return calls.reverse();
}
