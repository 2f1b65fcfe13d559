import type * as cloudtrail from "@aws-sdk/client-cloudtrail";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { Trail, TrailEvent } from "../../../dispatch/trail.ts";
import { day } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { readPageToken } from "../../../kernel/page.ts";

/** CloudTrail User Guide, "Working with CloudTrail event history": the last 90 days. */
const history = 90 * day;
/** API Reference, "LookupEvents": 1 to 50, 50 by default. */
const pageSize = 50;

/**
 * The event history, newest first, of the caller's account in the region of the call. At most one lookup attribute.
 * Faults: InvalidLookupAttributesException, InvalidTimeRangeException, InvalidMaxResultsException,
 * InvalidNextTokenException.
 */
export const lookupEvents = (trail: Trail): ReadOperation<typeof cloudtrail, "LookupEvents"> => ({
  name: "LookupEvents",
  authorise: () => [{ action: "cloudtrail:LookupEvents", resource: "*" }],

  async read(ctx, input) {
    const attributes = input.LookupAttributes ?? [];
    const [attribute] = attributes;
    if (attributes.length > 1) {
      throw new Fault("InvalidLookupAttributesException", "You can only specify one lookup attribute.");
    }
    if (input.EventCategory !== undefined) {
      throw new Fault(
        "InvalidEventCategoryException",
        "Insights events are not recorded: leave EventCategory out.",
      );
    }
    const limit = input.MaxResults ?? pageSize;
    if (limit < 1 || limit > pageSize) {
      throw new Fault("InvalidMaxResultsException", `MaxResults must be between 1 and ${pageSize}.`);
    }
    const from = Math.max(input.StartTime?.getTime() ?? 0, ctx.now - history);
    const to = input.EndTime?.getTime() ?? ctx.now;
    if (to < (input.StartTime?.getTime() ?? 0)) {
      throw new Fault("InvalidTimeRangeException", "StartTime must not be later than EndTime.");
    }
    if (input.NextToken !== undefined && readPageToken(input.NextToken)?.length !== 2) {
      throw new Fault(
        "InvalidNextTokenException",
        "The token is not one that a call with these parameters returned.",
      );
    }
    const found = await trail.lookup({
      account: ctx.account,
      region: ctx.region,
      from,
      to,
      attribute: attribute && { key: attribute.AttributeKey, value: attribute.AttributeValue },
      limit,
      after: input.NextToken,
    });
    return { Events: found.events.map(rendered), NextToken: found.next };
  },
});

function rendered(event: TrailEvent) {
  return {
    EventId: event.eventId,
    EventName: event.eventName,
    ReadOnly: String(event.readOnly),
    AccessKeyId: event.accessKeyId,
    EventTime: new Date(event.eventTime),
    EventSource: event.eventSource,
    Username: event.username,
    Resources: event.resources.map((resource) => ({
      ResourceType: resource.type,
      ResourceName: resource.name,
    })),
    CloudTrailEvent: event.record,
  };
}
