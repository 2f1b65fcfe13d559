import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import { launchConfigurationArn, type Scope } from "../arn.ts";
import { autoScalingPrincipal } from "../principal.ts";
import type { AutoScalingTables, LaunchConfigurationRow } from "../store.ts";

/** What instances of a launch configuration are like; it never changes. */
export interface LaunchConfigurationDocument {
  readonly image: string;
  readonly type: string;
  readonly groups: readonly string[];
  /** Name or ARN. */
  readonly profile?: string;
  /** Base64. */
  readonly userData?: string;
  readonly metadata?: autoscaling.InstanceMetadataOptions;
}

/** A launch configuration, the older way of a launch template. */
export interface LaunchConfiguration {
  readonly name: string;
  readonly arn: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: LaunchConfigurationDocument;
}

function configurationFrom(row: LaunchConfigurationRow): LaunchConfiguration {
  return {
    name: row.name,
    arn: launchConfigurationArn({ account: row.account, region: row.region } as Scope, row.id, row.name),
    createdAt: row.created_at,
    document: JSON.parse(row.document) as LaunchConfigurationDocument,
  };
}

/** The launch configurations of a region, by name. */
export async function listConfigurations(
  rows: Rows,
  { account, region }: Scope,
): Promise<readonly LaunchConfiguration[]> {
  const found = await rows
    .tables<AutoScalingTables>()
    .selectFrom("autoscaling_launch_configuration")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .orderBy("name")
    .execute();
  return found.map(configurationFrom);
}

/** A launch configuration by its name, or `undefined`. */
export async function findConfiguration(
  rows: Rows,
  { account, region }: Scope,
  name: string,
): Promise<LaunchConfiguration | undefined> {
  const row = await rows
    .tables<AutoScalingTables>()
    .selectFrom("autoscaling_launch_configuration")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name)
    .executeTakeFirst();
  return row && configurationFrom(row);
}

/** For whoever launches instances: the launch configuration of a name. */
export const findLaunchConfiguration: InternalOperation<
  { readonly name: string },
  never,
  LaunchConfiguration | undefined
> = {
  service: "autoscaling",
  name: "FindLaunchConfiguration",
  onlyFor: autoScalingPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  read: (ctx, { name }) => findConfiguration(ctx.rows, ctx, name),
};
