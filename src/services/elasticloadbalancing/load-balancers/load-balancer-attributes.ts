import { type AttributeTable, onOff } from "../attribute-table.ts";
import type { LoadBalancerDocument } from "../documents.ts";

const off = { default: "false", values: onOff };
const on = { default: "true", values: onOff };
const bucket = { default: "", values: { longest: 63 } };
const prefix = { default: "", values: { longest: 512 } };

const ofAll: AttributeTable = {
  "access_logs.s3.bucket": bucket,
  "access_logs.s3.enabled": off,
  "access_logs.s3.prefix": prefix,
  "deletion_protection.enabled": off,
  "zonal_shift.config.enabled": { default: "false", values: ["false"] },
};

const ofApplication: AttributeTable = {
  ...ofAll,
  "client_keep_alive.seconds": { default: "3600", values: { min: 60, max: 604_800 } },
  "connection_logs.s3.bucket": bucket,
  "connection_logs.s3.enabled": off,
  "connection_logs.s3.prefix": prefix,
  "health_check_logs.s3.bucket": bucket,
  "health_check_logs.s3.enabled": { default: "false", values: ["false"] },
  "health_check_logs.s3.prefix": prefix,
  "idle_timeout.timeout_seconds": { default: "60", values: { min: 1, max: 4_000 } },
  "load_balancing.cross_zone.enabled": { default: "true", values: ["true"] },
  "routing.http.desync_mitigation_mode": {
    default: "defensive",
    values: ["monitor", "defensive", "strictest"],
  },
  "routing.http.drop_invalid_header_fields.enabled": off,
  "routing.http.preserve_host_header.enabled": off,
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": off,
  "routing.http.xff_client_port.enabled": off,
  "routing.http.xff_header_processing.mode": { default: "append", values: ["append", "preserve", "remove"] },
  "routing.http2.enabled": on,
  // There is no web application firewall whose failure could matter.
  "waf.fail_open.enabled": off,
};

const ofNetwork: AttributeTable = {
  ...ofAll,
  "dns_record.client_routing_policy": {
    default: "any_availability_zone",
    values: ["any_availability_zone", "availability_zone_affinity", "partial_availability_zone_affinity"],
  },
  "load_balancing.cross_zone.enabled": off,
  "secondary_ips.auto_assigned.per_subnet": { default: "0", values: ["0"] },
};

/**
 * The attributes of a load balancer (API Reference, "LoadBalancerAttribute"). Of those that cannot have an effect here
 * (zonal shift, health check logs, secondary addresses), only the value that says so is taken.
 */
export function loadBalancerAttributes({ type, scheme }: LoadBalancerDocument): AttributeTable {
  const ipv6 = { default: scheme === "internal" ? "true" : "false", values: onOff };
  const table = type === "application" ? ofApplication : ofNetwork;
  return { ...table, "ipv6.deny_all_igw_traffic": ipv6 };
}
