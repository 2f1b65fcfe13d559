import { isIPv4, isIPv6 } from "node:net";
import type { NamespaceType, RecordType } from "@aws-sdk/client-servicediscovery";
import { invalidInput } from "../faults.ts";
import type { ServiceDocument } from "../services/cloud-map-service.ts";

/** Attributes of an instance that are not AWS's own, and the characters of all together (API Reference, "RegisterInstance"). */
const mostAttributes = 30;
const mostCharacters = 5_000;

/** What of a service the attributes of its instances must fit. */
export type Registering = Pick<ServiceDocument, "dns" | "healthCheck" | "customHealth">;

/**
 * Checks the attributes of an instance against the records and health checks of its service (API Reference,
 * "RegisterInstance"). The words are ours.
 * @throws Fault `InvalidInput`
 */
export function checkAttributes(
  service: Registering,
  namespace: NamespaceType,
  attributes: Readonly<Record<string, string>>,
): void {
  const refuse = (message: string): never => {
    throw invalidInput(message);
  };
  const given = (name: string): string | undefined => attributes[name];
  const custom = Object.keys(attributes).filter((name) => !name.startsWith("AWS_"));
  if (custom.length > mostAttributes)
    refuse(`An instance can have no more than ${mostAttributes} custom attributes.`);
  const size = Object.entries(attributes).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > mostCharacters)
    refuse(`The attributes of an instance can have no more than ${mostCharacters} characters in all.`);

  const ipv4 = given("AWS_INSTANCE_IPV4");
  const ipv6 = given("AWS_INSTANCE_IPV6");
  const port = given("AWS_INSTANCE_PORT");
  const alias = given("AWS_ALIAS_DNS_NAME");
  const cname = given("AWS_INSTANCE_CNAME");
  const machine = given("AWS_EC2_INSTANCE_ID");
  if (ipv4 !== undefined && !isIPv4(ipv4))
    refuse(`The value '${ipv4}' of the attribute AWS_INSTANCE_IPV4 is not a valid IPv4 address.`);
  if (ipv6 !== undefined && !isIPv6(ipv6))
    refuse(`The value '${ipv6}' of the attribute AWS_INSTANCE_IPV6 is not a valid IPv6 address.`);
  if (port !== undefined && !isPort(port))
    refuse(`The value '${port}' of the attribute AWS_INSTANCE_PORT is not a valid port.`);
  const init = given("AWS_INIT_HEALTH_STATUS");
  if (init !== undefined) {
    if (!service.customHealth)
      refuse("The attribute AWS_INIT_HEALTH_STATUS needs a service with HealthCheckCustomConfig.");
    if (init !== "HEALTHY" && init !== "UNHEALTHY")
      refuse(`The value '${init}' of the attribute AWS_INIT_HEALTH_STATUS must be HEALTHY or UNHEALTHY.`);
  }
  if (machine !== undefined) {
    if (namespace !== "HTTP") refuse("The attribute AWS_EC2_INSTANCE_ID is for HTTP namespaces only.");
    const others = Object.keys(attributes).filter(
      (name) => name !== "AWS_EC2_INSTANCE_ID" && name !== "AWS_INIT_HEALTH_STATUS",
    );
    if (others.length > 0)
      refuse("With AWS_EC2_INSTANCE_ID, only the attribute AWS_INIT_HEALTH_STATUS can be specified as well.");
  }

  const types = new Set<RecordType | undefined>(service.dns?.records.map(({ Type }) => Type));
  if (alias !== undefined) {
    if (!types.has("A") && !types.has("AAAA"))
      refuse("The attribute AWS_ALIAS_DNS_NAME needs a service with an A or AAAA record.");
    if (service.dns?.routingPolicy !== "WEIGHTED")
      refuse("The attribute AWS_ALIAS_DNS_NAME needs a service whose routing policy is WEIGHTED.");
    if (Object.keys(attributes).some((name) => name.startsWith("AWS_INSTANCE_")))
      refuse("With AWS_ALIAS_DNS_NAME, none of the AWS_INSTANCE attributes can be specified.");
    return;
  }
  const needs = (name: string, why: string): never => refuse(`The attribute ${name} is required for ${why}.`);
  if (types.has("A") && ipv4 === undefined) needs("AWS_INSTANCE_IPV4", "a service with an A record");
  if (types.has("AAAA") && ipv6 === undefined) needs("AWS_INSTANCE_IPV6", "a service with an AAAA record");
  if (types.has("CNAME") && cname === undefined) needs("AWS_INSTANCE_CNAME", "a service with a CNAME record");
  if (types.has("SRV")) {
    if (port === undefined) needs("AWS_INSTANCE_PORT", "a service with an SRV record");
    if (ipv4 === undefined && ipv6 === undefined)
      needs("AWS_INSTANCE_IPV4 or AWS_INSTANCE_IPV6", "a service with an SRV record");
  }
  if (service.healthCheck !== undefined) {
    if (ipv4 === undefined && ipv6 === undefined)
      needs("AWS_INSTANCE_IPV4 or AWS_INSTANCE_IPV6", "a service with HealthCheckConfig");
    if (port === undefined) needs("AWS_INSTANCE_PORT", "a service with HealthCheckConfig");
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}
