import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import type { Service } from "../../dispatch/service.ts";
import type { Trail } from "../../dispatch/trail.ts";
import { lookupEvents } from "./operations/lookup-events.ts";

/** AWS CloudTrail as far as it shows the event history of an account and region. */
export function createCloudTrailService(ports: { readonly trail: Trail }): Service {
  return {
    signingName: "cloudtrail",
    eventSource: "cloudtrail.amazonaws.com",
    module: cloudtrail,
    operations: { LookupEvents: lookupEvents(ports.trail) },
  };
}
