import { formatArn } from "../kernel/arn.ts";
import type { AccountId, Region } from "../kernel/brand.ts";
import type { Tag } from "../kernel/tags.ts";
import type { AutoScalingTables as ApplicationAutoScalingTables } from "../services/application-autoscaling/store.ts";
import { listGroups } from "../services/autoscaling/groups/group.ts";
import type { CloudWatchTables } from "../services/cloudwatch/store.ts";
import { listTagged, resourceArn } from "../services/ec2/resource.ts";
import type { EcrTables } from "../services/ecr/store.ts";
import type { TagTables } from "../services/ecs/tags/tag-store.ts";
import type { ElbTables } from "../services/elasticloadbalancing/store.ts";
import type { EventsTables } from "../services/events/store.ts";
import type { KmsTables } from "../services/kms/store.ts";
import type { LogsTables } from "../services/logs/store.ts";
import type { Route53Tables } from "../services/route53/store.ts";
import type { SecretsManagerTables } from "../services/secretsmanager/store.ts";
import type { CloudMapTables } from "../services/servicediscovery/store.ts";
import type { SsmTables } from "../services/ssm/store.ts";
import type { TaggedResource } from "../services/tagging/tagged-resource.ts";
import type { Queries, Rows } from "../store/types.ts";

/** A region of an account. */
interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}

/** The tables of all services that keep tags in their rows. */
type Tables = EcrTables &
  KmsTables &
  SecretsManagerTables &
  SsmTables &
  LogsTables &
  EventsTables &
  CloudWatchTables &
  CloudMapTables &
  ElbTables &
  Route53Tables &
  TagTables &
  Pick<ApplicationAutoScalingTables, "application_autoscaling_target">;

/** Tags within a row's document. */
function tagsIn(document: string): readonly Tag[] {
  return (JSON.parse(document) as { readonly tags?: readonly Tag[] }).tags ?? [];
}

/** Where global services are: their resources are answered in this region alone, as AWS does. */
const globalHome = "us-east-1";

/** Every resource with tags of a region of an account. The order is nobody's. */
export async function taggedResources(rows: Rows, scope: Scope): Promise<readonly TaggedResource[]> {
  const from = rows.tables<Tables>();
  const found = await Promise.all([
    ...sources.map((source) => source(from, scope)),
    ec2Resources(rows, scope),
    groups(rows, scope),
    ...(scope.region === globalHome ? [hostedZones(from, scope), healthChecks(from, scope)] : []),
  ]);
  return found.flat().filter(({ tags }) => tags.length > 0);
}

type Source = (from: Queries<Tables>, scope: Scope) => Promise<readonly TaggedResource[]>;

const sources: readonly Source[] = [
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("ecr_repository")
      .select(["name", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ name, document }) => ({
      arn: formatArn("ecr", region, account, `repository/${name}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("kms_key")
      .select(["key_id", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ key_id: id, document }) => ({
      arn: formatArn("kms", region, account, `key/${id}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("secretsmanager_secret")
      .select(["name", "suffix", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .where("deleted_at", "is", null)
      .execute();
    return found.map(({ name, suffix, document }) => ({
      arn: formatArn("secretsmanager", region, account, `secret:${name}-${suffix}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("ssm_parameter")
      .select(["name", "tags"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ name, tags }) => ({
      arn: formatArn("ssm", region, account, `parameter/${name.replace(/^\//, "")}`),
      tags: JSON.parse(tags) as Tag[],
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("logs_group")
      .select(["name", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ name, document }) => ({
      arn: formatArn("logs", region, account, `log-group:${name}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("events_rule")
      .select(["name", "bus", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ name, bus, document }) => ({
      arn: formatArn("events", region, account, `rule/${bus === "default" ? "" : `${bus}/`}${name}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("events_bus")
      .select(["name", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ name, document }) => ({
      arn: formatArn("events", region, account, `event-bus/${name}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("cloudwatch_alarm")
      .select(["name", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ name, document }) => ({
      arn: formatArn("cloudwatch", region, account, `alarm:${name}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("servicediscovery_namespace")
      .select(["id", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ id, document }) => ({
      arn: formatArn("servicediscovery", region, account, `namespace/${id}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("servicediscovery_service")
      .select(["id", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ id, document }) => ({
      arn: formatArn("servicediscovery", region, account, `service/${id}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("elasticloadbalancing_resource")
      .select(["arn", "tags"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ arn, tags }) => ({ arn, tags: JSON.parse(tags) as Tag[] }));
  },
  async (from, { account, region }) => {
    const found = await from
      .selectFrom("application_autoscaling_target")
      .select(["id", "document"])
      .where("account", "=", account)
      .where("region", "=", region)
      .execute();
    return found.map(({ id, document }) => ({
      arn: formatArn("application-autoscaling", region, account, `scalable-target/${id}`),
      tags: tagsIn(document),
    }));
  },
  async (from, { account, region }) => {
    const prefix = formatArn("ecs", region, account, "");
    const found = await from
      .selectFrom("ecs_tag")
      .select(["arn", "key", "value"])
      .where("arn", ">=", prefix)
      // The character after the colon that ends the prefix.
      .where("arn", "<", `${prefix.slice(0, -1)};`)
      .orderBy("arn")
      .orderBy("position")
      .execute();
    const byArn = new Map<string, Tag[]>();
    for (const { arn, key, value } of found) byArn.set(arn, [...(byArn.get(arn) ?? []), { key, value }]);
    return [...byArn].map(([arn, tags]) => ({ arn, tags }));
  },
];

async function ec2Resources(rows: Rows, scope: Scope): Promise<readonly TaggedResource[]> {
  return (await listTagged(rows, scope)).map(({ kind, id, tags }) => ({
    arn: resourceArn(scope, kind, id),
    tags,
  }));
}

async function groups(rows: Rows, scope: Scope): Promise<readonly TaggedResource[]> {
  return (await listGroups(rows, scope)).map(({ arn, document }) => ({
    arn,
    tags: document.tags.map(({ key, value }) => ({ key, value })),
  }));
}

async function hostedZones(from: Queries<Tables>, { account }: Scope): Promise<readonly TaggedResource[]> {
  const found = await from
    .selectFrom("route53_zone")
    .select(["id", "document"])
    .where("account", "=", account)
    .execute();
  return found.map(({ id, document }) => ({
    arn: `arn:aws:route53:::hostedzone/${id}`,
    tags: tagsIn(document),
  }));
}

async function healthChecks(from: Queries<Tables>, { account }: Scope): Promise<readonly TaggedResource[]> {
  const found = await from
    .selectFrom("route53_health_check")
    .select(["id", "document"])
    .where("account", "=", account)
    .execute();
  return found.map(({ id, document }) => ({
    arn: `arn:aws:route53:::healthcheck/${id}`,
    tags: tagsIn(document),
  }));
}
