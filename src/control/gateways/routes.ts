import {
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  RequestCertificateCommand,
} from "@aws-sdk/client-acm";
import {
  AddListenerCertificatesCommand,
  CreateListenerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  ModifyListenerCommand,
  RemoveListenerCertificatesCommand,
  type Rule,
  type RuleCondition,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import type { InspectedGateway } from "../../services/ecs/gateways/execution.ts";
import type { GatewayBalancer } from "../../services/ecs/gateways/gateway.ts";
import type { Route, RouteResources } from "../../services/ecs/gateways/route.ts";
import { listenerPort, tagsOn } from "./load-balancers.ts";
import { headerText } from "./plan.ts";
import { defaultGroup, ensureGroup, letIn, removeGroup, removeIfThere, tcp } from "./security-groups.ts";

/** Priorities from which the rules of a listener are given theirs: those of test traffic stand before the others. */
const firstTestRule = 1;
const firstRule = 10_001;

/** A route, and the load balancer that it has a place on. */
export interface PlacedRoute {
  readonly found: InspectedGateway;
  readonly route: Route;
  readonly balancer: GatewayBalancer;
}

/** Digits of the route's id in the names of what is made for it. */
const hashOf = ({ id }: Route): string => id.slice(0, 8);

/** `<service>-<hash>.ecs.<region>.on.<domain>`, where load balancers are `….elb.<domain>`: as express services have it. */
function hostnameOf(route: Route, { dnsName = "" }: GatewayBalancer): string {
  const { service, region } = route.service;
  const [, domain = "aws"] = dnsName.split(".elb.");
  const label = service.toLowerCase().replaceAll("_", "-").slice(0, 54);
  return `${label}-${hashOf(route)}.ecs.${region}.on.${domain}`;
}

/** The certificate of the service's own name. */
export async function requestCertificate(role: Client, placed: PlacedRoute): Promise<RouteResources> {
  const { found, route, balancer } = placed;
  const hostname = hostnameOf(route, balancer);
  const { CertificateArn } = await role.send(
    new RequestCertificateCommand({
      ...{ DomainName: hostname, ValidationMethod: "DNS", IdempotencyToken: route.id },
      Tags: tagsOn(found).map(({ Key = "", Value }) => ({ Key, Value })),
    }),
  );
  return { hostname, certificateArn: CertificateArn ?? "" };
}

/** The listener, made with the first route's certificate, which knows no host but those of its rules. */
export async function makeListener(role: Client, { found, route, balancer }: PlacedRoute): Promise<string> {
  const { loadBalancerArn: LoadBalancerArn } = balancer;
  const { Listeners: there = [] } = await role.send(new DescribeListenersCommand({ LoadBalancerArn }));
  if (there[0]?.ListenerArn !== undefined) return there[0].ListenerArn;
  const { Listeners = [] } = await role.send(
    new CreateListenerCommand({
      ...{ LoadBalancerArn, Protocol: "HTTPS", Port: listenerPort, Tags: tagsOn(found) },
      Certificates: [{ CertificateArn: route.document.resources.certificateArn }],
      DefaultActions: [
        { Type: "fixed-response", FixedResponseConfig: { StatusCode: "404", ContentType: "text/plain" } },
      ],
    }),
  );
  return Listeners[0]?.ListenerArn ?? "";
}

/** Has the listener show the certificate to those who ask for the service's name. */
export async function addCertificate(
  role: Client,
  { route, balancer }: PlacedRoute,
): Promise<RouteResources> {
  const { listenerArn: ListenerArn } = balancer;
  const Certificates = [{ CertificateArn: route.document.resources.certificateArn }];
  await role.send(new AddListenerCertificatesCommand({ ListenerArn, Certificates }));
  return { certified: true };
}

/** Two target groups, between which revisions take turns. */
export async function makeTargetGroups(role: Client, { found, route }: PlacedRoute): Promise<RouteResources> {
  const { containerPort, protocolVersion, healthCheck = {} } = route.document.port;
  const { healthCheckPort, matcher } = healthCheck;
  const targetGroupArns: string[] = [];
  for (const number of [1, 2]) {
    const Name = `ecs-gateway-${hashOf(route)}-${number}`;
    const there = await targetGroupNamed(role, Name);
    if (there !== undefined) {
      targetGroupArns.push(there);
      continue;
    }
    const { TargetGroups = [] } = await role.send(
      new CreateTargetGroupCommand({
        ...{ Name, VpcId: found.gateway.document.vpcId, TargetType: "ip", Tags: tagsOn(found) },
        ...{ Protocol: "HTTP", Port: containerPort, ProtocolVersion: protocolVersion },
        HealthCheckProtocol: healthCheck.healthCheckProtocol,
        ...(healthCheckPort !== undefined && { HealthCheckPort: String(healthCheckPort) }),
        HealthCheckPath: healthCheck.healthCheckPath,
        HealthCheckTimeoutSeconds: healthCheck.healthCheckTimeoutSeconds,
        HealthCheckIntervalSeconds: healthCheck.healthCheckIntervalSeconds,
        HealthyThresholdCount: healthCheck.healthyThresholdCount,
        UnhealthyThresholdCount: healthCheck.unhealthyThresholdCount,
        ...(matcher !== undefined && { Matcher: { HttpCode: matcher.httpCode, GrpcCode: matcher.grpcCode } }),
      }),
    );
    targetGroupArns.push(TargetGroups[0]?.TargetGroupArn ?? "");
  }
  return { targetGroupArns };
}

async function targetGroupNamed(role: Client, name: string): Promise<string | undefined> {
  try {
    const { TargetGroups = [] } = await role.send(new DescribeTargetGroupsCommand({ Names: [name] }));
    return TargetGroups[0]?.TargetGroupArn;
  } catch (error) {
    if (isFault(error) && /NotFound/.test(error.code)) return undefined;
    throw error;
  }
}

/** A group of the tasks that lets the load balancer in; the customer's own groups stay as they are. */
export async function makeServiceGroup(
  role: Client,
  { found, route, balancer }: PlacedRoute,
): Promise<RouteResources> {
  const { vpcId } = found.gateway.document;
  const { port, securityGroups } = route.document;
  const Tags = tagsOn(found);
  const group = await ensureGroup(role, { vpcId, name: `ecs-gateway-service-${hashOf(route)}`, Tags });
  const { healthCheckPort = port.containerPort } = port.healthCheck ?? {};
  for (const open of new Set([port.containerPort, healthCheckPort])) {
    const UserIdGroupPairs = [{ GroupId: balancer.securityGroup }];
    await letIn(role, group, { ...tcp(open), UserIdGroupPairs }, Tags);
  }
  const others = securityGroups.length > 0 ? securityGroups : [await defaultGroup(role, vpcId)];
  return { serviceSecurityGroup: group, otherSecurityGroups: others };
}

/** The rule that leads the requests for the service's name to its target groups. */
export async function makeRule(role: Client, placed: PlacedRoute): Promise<RouteResources> {
  return { ruleArn: await ensureRule(role, placed, undefined) };
}

/** Likewise, before it, for requests with the gateway's test header; another header's rule goes. */
export async function makeTestRule(role: Client, placed: PlacedRoute): Promise<RouteResources> {
  const { testTrafficRules } = placed.found.gateway.document.settings;
  const { testRuleArn: RuleArn } = placed.route.document.resources;
  const header = testTrafficRules?.header;
  if (RuleArn !== undefined) {
    const look = new DescribeRulesCommand({ RuleArns: [RuleArn] });
    await removeIfThere(role.send(look), () => role.send(new DeleteRuleCommand({ RuleArn })));
  }
  const made = header === undefined ? undefined : await ensureRule(role, placed, header);
  return { testRuleArn: made, testHeader: headerText(header) };
}

async function ensureRule(
  role: Client,
  { found, route, balancer }: PlacedRoute,
  header: { readonly name: string | undefined; readonly values: string[] | undefined } | undefined,
): Promise<string> {
  const { hostname = "", targetGroupArns = [] } = route.document.resources;
  const { listenerArn: ListenerArn } = balancer;
  const { Rules: there = [] } = await role.send(new DescribeRulesCommand({ ListenerArn }));
  const isTest = ({ Conditions = [] }: Rule) => Conditions.some(({ Field }) => Field === "http-header");
  const own = there.find(
    (rule) =>
      isTest(rule) === (header !== undefined) &&
      rule.Conditions?.some(({ HostHeaderConfig }) => HostHeaderConfig?.Values?.includes(hostname)),
  );
  if (own?.RuleArn !== undefined) return own.RuleArn;
  const taken = new Set(there.map(({ Priority }) => Priority));
  let Priority = header === undefined ? firstRule : firstTestRule;
  while (taken.has(String(Priority))) Priority++;
  const Conditions: RuleCondition[] = [{ Field: "host-header", HostHeaderConfig: { Values: [hostname] } }];
  if (header !== undefined) {
    const HttpHeaderConfig = { HttpHeaderName: header.name, Values: header.values };
    Conditions.push({ Field: "http-header", HttpHeaderConfig });
  }
  const { Rules = [] } = await role.send(
    new CreateRuleCommand({
      ...{ ListenerArn, Priority, Tags: tagsOn(found), Conditions },
      Actions: [
        {
          Type: "forward",
          ForwardConfig: {
            TargetGroups: targetGroupArns.map((TargetGroupArn, index) => ({
              TargetGroupArn,
              Weight: index === 0 ? 100 : 0,
            })),
          },
        },
      ],
    }),
  );
  return Rules[0]?.RuleArn ?? "";
}

/** Removes what leads to the tasks of a route. */
export async function removeTargets(role: Client, { document: { resources } }: Route): Promise<void> {
  const { ruleArn, testRuleArn, targetGroupArns = [], serviceSecurityGroup } = resources;
  for (const RuleArn of [testRuleArn, ruleArn]) {
    if (RuleArn === undefined) continue;
    const look = new DescribeRulesCommand({ RuleArns: [RuleArn] });
    await removeIfThere(role.send(look), () => role.send(new DeleteRuleCommand({ RuleArn })));
  }
  for (const TargetGroupArn of targetGroupArns) {
    const look = new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] });
    await removeIfThere(role.send(look), () => role.send(new DeleteTargetGroupCommand({ TargetGroupArn })));
  }
  if (serviceSecurityGroup !== undefined) await removeGroup(role, serviceSecurityGroup);
}

/**
 * Removes the certificate of a route. @param balancer whose listener goes on, with another route's certificate; nothing
 * when the listener is gone.
 */
export async function removeCertificate(
  role: Client,
  { found, route }: Pick<PlacedRoute, "found" | "route">,
  balancer: GatewayBalancer | undefined,
): Promise<void> {
  const { certificateArn: CertificateArn, certified } = route.document.resources;
  if (CertificateArn === undefined) return;
  if (balancer?.listenerArn !== undefined && certified) {
    await releaseCertificate(role, found, route, balancer);
  }
  const look = new DescribeCertificateCommand({ CertificateArn });
  await removeIfThere(role.send(look), () => role.send(new DeleteCertificateCommand({ CertificateArn })));
}

async function releaseCertificate(
  role: Client,
  { routes }: InspectedGateway,
  route: Route,
  { hash, listenerArn: ListenerArn }: GatewayBalancer,
): Promise<void> {
  const { certificateArn: CertificateArn } = route.document.resources;
  const { Listeners = [] } = await role.send(
    new DescribeListenersCommand({ ListenerArns: ListenerArn === undefined ? [] : [ListenerArn] }),
  );
  const isDefault = Listeners[0]?.Certificates?.[0]?.CertificateArn === CertificateArn;
  const heir = routes.find(
    ({ route: other }) =>
      other.id !== route.id &&
      other.document.resources.balancer === hash &&
      other.document.resources.certified === true,
  );
  if (isDefault && heir !== undefined) {
    const Certificates = [{ CertificateArn: heir.route.document.resources.certificateArn }];
    await role.send(new ModifyListenerCommand({ ListenerArn, Certificates }));
  }
  await role.send(new RemoveListenerCertificatesCommand({ ListenerArn, Certificates: [{ CertificateArn }] }));
}
