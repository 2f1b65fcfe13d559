import type { Client } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import type { LoopPorts } from "../ports.ts";

/** Whose bus the event goes to, and as whom. */
export interface BusTarget {
  readonly busArn: string;
  readonly roleArn?: string;
  /** The rule, in whose account's name the event goes. */
  readonly ruleArn: string;
  readonly account: AccountId;
  readonly region: Region;
}

export interface BusTargetPorts extends LoopPorts {
  readonly eventsPrincipal: string;
  /** EventBridge's own step on the other bus: needs `events:PutEvents` there. */
  readonly receiveEvent: InternalOperation<
    {
      readonly bus: { readonly account: AccountId; readonly region: Region; readonly name: string };
      readonly event: never;
    },
    undefined,
    void
  >;
  /** Calls as an account itself, for a service. */
  clientOfAccount(account: AccountId, region: Region, servicePrincipal: string): Client;
}

/**
 * Sends an event to another bus: in the target's role, or without one in the name of the rule's account, which the
 * other bus's policy must let in ("Sending and receiving events between event buses", EventBridge User Guide).
 */
export async function sendToBus(ports: BusTargetPorts, target: BusTarget, event: unknown): Promise<void> {
  const [, , , region = "", account = "", resource = ""] = target.busArn.split(":");
  const bus = {
    account: account as AccountId,
    region: region as Region,
    name: resource.slice("event-bus/".length),
  };
  await clientFor(ports, target, bus.region).invoke(ports.receiveEvent, { bus, event: event as never });
}

function clientFor(ports: BusTargetPorts, target: BusTarget, region: Region): Client {
  const { eventsPrincipal: servicePrincipal } = ports;
  const { account, roleArn, ruleArn } = target;
  if (roleArn === undefined) return ports.clientOfAccount(account, region, servicePrincipal);
  return ports.clientAs({
    servicePrincipal,
    account,
    region,
    sessionName: "events",
    roleArn: roleArn as Arn,
    sourceArn: ruleArn as Arn,
  });
}
