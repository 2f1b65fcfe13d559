import type { AuthoriseContext, CallContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import type { Rows } from "../../store/types.ts";
import { type TargetKey, targetArn } from "./arn.ts";
import { validation } from "./faults.ts";
import { findTarget } from "./targets/target.ts";

/** The members by which nearly every operation names a scalable target. */
export interface TargetNames {
  readonly ServiceNamespace?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ScalableDimension?: string | undefined;
}

const namespace = "ecs";
const dimension = "ecs:service:DesiredCount";

/** The members that an answer names a scalable target with. */
export const apiNames = (resourceId: string) =>
  ({ ServiceNamespace: namespace, ResourceId: resourceId, ScalableDimension: dimension }) as const;

/** Ours: AWS scales more than there is here. @throws Fault `ValidationException` */
export function checkNamespace({ ServiceNamespace, ScalableDimension }: TargetNames): void {
  if (ServiceNamespace !== namespace) {
    throw validation(
      `Roadstead scales services of Amazon ECS only: the service namespace ${ServiceNamespace} is not served.`,
    );
  }
  if (ScalableDimension !== undefined && ScalableDimension !== dimension)
    throw validation("Unsupported service namespace, resource type or scalable dimension.");
}

/** The target that a call names. @throws Fault `ValidationException` of what is no service of ECS. */
export function targetNamed(input: TargetNames, { account, region }: CallContext): TargetKey {
  checkNamespace(input);
  const { ResourceId: resourceId = "" } = input;
  serviceOf(resourceId);
  return { account, region, resourceId };
}

/** What a listing is restricted to. @throws Fault `ValidationException` */
export function listedResource(input: TargetNames): string | undefined {
  checkNamespace(input);
  if (input.ScalableDimension !== undefined && input.ResourceId === undefined) {
    throw validation("Scalable dimension cannot be specified without a resource ID.");
  }
  return input.ResourceId;
}

/** Cluster and service of a resource id. @throws Fault `ValidationException` */
export function serviceOf(resourceId: string): { readonly cluster: string; readonly service: string } {
  const [, cluster, service] = /^service\/([^/]+)\/([^/]+)$/.exec(resourceId) ?? [];
  if (cluster === undefined || service === undefined)
    throw validation("Unsupported service namespace, resource type or scalable dimension.");
  return { cluster, service };
}

/** Asks for an action on the target that a call names, whether or not it is registered. */
export async function onTarget(
  action: string,
  input: TargetNames,
  ctx: AuthoriseContext,
  more: Authorisation["context"] = {},
): Promise<readonly Authorisation[]> {
  const context = {
    "application-autoscaling:service-namespace": input.ServiceNamespace,
    "application-autoscaling:scalable-dimension": input.ScalableDimension,
    ...more,
  };
  const resource = targetArn(ctx, (await idOf(ctx.rows, input, ctx)) ?? "*");
  return [{ action: `application-autoscaling:${action}`, resource, context }];
}

/** Asks for an action that knows no resources. */
export const onAll = (action: string) => (): readonly Authorisation[] => [
  { action: `application-autoscaling:${action}`, resource: "*" },
];

async function idOf(
  rows: Rows,
  { ResourceId: resourceId = "" }: TargetNames,
  { account, region }: CallContext,
): Promise<string | undefined> {
  return (await findTarget(rows, { account, region, resourceId }))?.id;
}
