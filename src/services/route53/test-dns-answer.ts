import type * as route53 from "@aws-sdk/client-route-53";
import type { ReadOperation } from "../../dispatch/operation.ts";
import { invalidInput } from "./faults.ts";
import { needDnsName, needHostedZone } from "./hosted-zones/hosted-zone.ts";
import type { Route53Ports } from "./ports.ts";

/** What a zone's name servers answer: by the same code that answers DNS. */
export const testDnsAnswer = (ports: Route53Ports): ReadOperation<typeof route53, "TestDNSAnswer"> => ({
  name: "TestDNSAnswer",
  authorise: () => [{ action: "route53:TestDNSAnswer", resource: "*" }],
  async read(ctx, { HostedZoneId, RecordName, RecordType = "A" }) {
    const zone = await needHostedZone(ctx.rows, ctx, HostedZoneId);
    // AWS: "This operation only supports public hosted zones" (API Reference).
    if (zone.isPrivate) throw invalidInput("TestDNSAnswer is not supported for private hosted zones.");
    const name = needDnsName(RecordName);
    const { code, values } = await ports.testAnswer(zone.id, name, RecordType);
    return {
      Nameserver: zone.nameServers[0] ?? "",
      RecordName: name.replace(/\.$/, ""),
      RecordType,
      RecordData: [...values],
      ResponseCode: code,
      Protocol: "UDP",
    };
  },
});
