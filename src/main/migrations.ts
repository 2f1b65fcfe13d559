import { migrations as auditMigrations } from "../audit/store.ts";
import { migrations as acmMigrations } from "../services/acm/store.ts";
import { migrations as applicationAutoScalingMigrations } from "../services/application-autoscaling/store.ts";
import { migrations as autoScalingMigrations } from "../services/autoscaling/store.ts";
import { migrations as cloudFormationMigrations } from "../services/cloudformation/store.ts";
import { migrations as cloudTrailMigrations } from "../services/cloudtrail/store.ts";
import { migrations as cloudWatchMigrations } from "../services/cloudwatch/store.ts";
import { migrations as ec2Migrations } from "../services/ec2/store.ts";
import { migrations as ecrMigrations } from "../services/ecr/store.ts";
import { migrations as ecsMigrations } from "../services/ecs/store.ts";
import { migrations as elbMigrations } from "../services/elasticloadbalancing/store.ts";
import { migrations as eventsMigrations } from "../services/events/store.ts";
import { migrations as iamMigrations } from "../services/iam/store.ts";
import { migrations as kmsMigrations } from "../services/kms/store.ts";
import { migrations as logsMigrations } from "../services/logs/store.ts";
import { migrations as organizationsMigrations } from "../services/organizations/store.ts";
import { migrations as route53Migrations } from "../services/route53/store.ts";
import { migrations as secretsManagerMigrations } from "../services/secretsmanager/store.ts";
import { migrations as serviceDiscoveryMigrations } from "../services/servicediscovery/store.ts";
import { migrations as ssmMigrations } from "../services/ssm/store.ts";
import type { Migration } from "../store/types.ts";

/** The tables of all services, in the order in which they came. */
export const migrations: readonly Migration[] = [
  ...auditMigrations,
  ...iamMigrations,
  ...ecrMigrations,
  ...organizationsMigrations,
  ...secretsManagerMigrations,
  ...kmsMigrations,
  ...eventsMigrations,
  ...logsMigrations,
  ...ec2Migrations,
  ...ssmMigrations,
  ...ecsMigrations,
  ...cloudWatchMigrations,
  ...elbMigrations,
  ...acmMigrations,
  ...route53Migrations,
  ...serviceDiscoveryMigrations,
  ...applicationAutoScalingMigrations,
  ...autoScalingMigrations,
  ...cloudFormationMigrations,
  ...cloudTrailMigrations,
];
