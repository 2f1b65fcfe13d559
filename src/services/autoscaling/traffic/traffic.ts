import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import { notServed, validation } from "../faults.ts";

/** The target groups among traffic sources. @throws Fault `ValidationError` for any other source. */
export function trafficOf(sources: readonly autoscaling.TrafficSourceIdentifier[]): readonly string[] {
  return sources.map(({ Identifier = "", Type = "elbv2" }) => {
    if (Type !== "elbv2") throw notServed(`A traffic source of the type ${Type.slice(0, 64)}`);
    if (!Identifier.startsWith("arn:") || !Identifier.includes(":targetgroup/")) {
      throw validation(`Provided traffic source identifiers may not be valid: ${Identifier.slice(0, 256)}`);
    }
    return Identifier;
  });
}
