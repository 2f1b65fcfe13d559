import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import type { Client, PrepareContext } from "../../../dispatch/context.ts";
import { StalePreparation } from "../../../dispatch/operation.ts";
import type { RoleOwner } from "../../../dispatch/service.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import type { Jobs, Tx } from "../../../store/types.ts";
import { eventsPrincipal } from "../delivery.ts";
import { connectionArn, connectionOfRow } from "./connection.ts";
import type { ConnectionTables } from "./connection-store.ts";

/** The service that acts through AWSServiceRoleForAmazonEventBridgeApiDestinations. */
export const apiDestinationsPrincipal = "apidestinations.events.amazonaws.com";

/** How making sure of the role went; the commit decides whether it matters. */
export interface RolePreparation {
  readonly denial?: Fault;
}

/**
 * Creates the role with the caller's own identity, as the first connection does ("Using service-linked roles for
 * EventBridge", User Guide). A denial matters only if the role is not there.
 */
export async function prepareRole(ctx: PrepareContext): Promise<RolePreparation> {
  try {
    await ctx
      .forward(eventsPrincipal)
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: apiDestinationsPrincipal }));
    return {};
  } catch (error) {
    if (isFault(error, "InvalidInput", "InvalidInputException")) return {};
    if (isFault(error, "AccessDenied", "AccessDeniedException")) {
      return { denial: new Fault("AccessDeniedException", error.message, { cause: error }) };
    }
    throw error;
  }
}

/**
 * Makes sure, in the commit, that the role is there: the row that is locked here is the one its deletion takes.
 * @throws Fault `AccessDeniedException` when it is absent and the caller may not create it; StalePreparation when it
 * went away since it was prepared.
 */
export async function holdRole(tx: Tx, account: AccountId, { denial }: RolePreparation): Promise<void> {
  const lock = await tx.lockRole(account, apiDestinationsPrincipal);
  if (lock === "absent" && denial !== undefined) throw denial;
  if (lock !== "present") throw new StalePreparation(`the role of ${apiDestinationsPrincipal} is ${lock}`);
}

/** Acts as the role: for the secrets of connections. */
export function asApiDestinations(ctx: PrepareContext): Client {
  return ctx.as({ servicePrincipal: apiDestinationsPrincipal, sessionName: "api-destinations" });
}

/** Who needs the role: connections, in whichever region, and secrets of theirs that are still to be removed. */
export function connectionRoleOwner({ jobs }: { readonly jobs: Jobs }): RoleOwner {
  return {
    servicePrincipal: apiDestinationsPrincipal,
    createdBy: ["events:CreateConnection"],
    async usage(rows, account) {
      const resources = new Map<Region, string[]>();
      const use = (region: Region, arn: string) =>
        resources.set(region, [...(resources.get(region) ?? []), arn]);
      const found = await rows
        .tables<ConnectionTables>()
        .selectFrom("events_connection")
        .selectAll()
        .where("account", "=", account)
        .orderBy("region")
        .orderBy("name")
        .execute();
      for (const connection of found.map(connectionOfRow)) use(connection.region, connectionArn(connection));
      for (const { region, key } of await jobs.unfinished(rows, account, apiDestinationsPrincipal)) {
        use(region, key);
      }
      return [...resources].map(([region, arns]) => ({ region, resources: arns }));
    },
  };
}
