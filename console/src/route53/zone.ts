import type { ResourceRecordSet } from "@aws-sdk/client-route-53";

/** The id of a hosted zone, which answers show as `/hostedzone/<id>`. */
export function idOfZone(id: string | undefined): string {
  return (id ?? "").replace(/^\/hostedzone\//, "");
}

/** How Route 53 chooses among records of one name and type; `Simple` where there is nothing to choose. */
export function routingOf(record: ResourceRecordSet): string {
  if (record.Weight !== undefined) return `Weighted ${record.Weight}`;
  if (record.Failover !== undefined) return `Failover ${record.Failover.toLowerCase()}`;
  if (record.Region !== undefined) return `Latency ${record.Region}`;
  if (record.MultiValueAnswer === true) return "Multivalue answer";
  const { ContinentCode, CountryCode } = record.GeoLocation ?? {};
  if (record.GeoLocation !== undefined) return `Geolocation ${CountryCode ?? ContinentCode ?? "*"}`;
  return "Simple";
}
