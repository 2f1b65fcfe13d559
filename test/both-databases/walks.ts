import * as acm from "@aws-sdk/client-acm";
import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as autoscaling from "@aws-sdk/client-auto-scaling";
import * as cloudformation from "@aws-sdk/client-cloudformation";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as tagging from "@aws-sdk/client-resource-groups-tagging-api";
import * as route53 from "@aws-sdk/client-route-53";
import * as discovery from "@aws-sdk/client-servicediscovery";
import { vi } from "vitest";
import type { ClientSettings } from "../support/roadstead.ts";

/** What a service answers along its walk, but for what is drawn anew each time: the same on every database. */
export type Walk = (settings: ClientSettings) => Promise<unknown>;

/** In the order of bytes, which no dictionary has: `Z` comes before `a`. */
const names = ["Zebra", "a-b", "aB", "ab", "b"] as const;
const shuffled = ["b", "a-b", "Zebra", "ab", "aB"] as const;

/** All pages, as they come. */
async function pages<T>(page: (token: string | undefined) => Promise<Page<T>>): Promise<readonly T[][]> {
  const all: T[][] = [];
  let token: string | undefined;
  do {
    const { items = [], next } = await page(token);
    all.push([...items]);
    token = next === "" ? undefined : next;
  } while (token !== undefined && all.length < 20);
  return all;
}

interface Page<T> {
  readonly items: readonly T[] | undefined;
  readonly next: string | undefined;
}

/** The name of a refusal; `undefined` when there was none. */
async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

async function vpcWithSubnets(settings: ClientSettings): Promise<{ vpc: string; subnets: string[] }> {
  const client = new ec2.EC2Client(settings);
  const { Subnets = [] } = await client.send(new ec2.DescribeSubnetsCommand({}));
  const subnets = Subnets.flatMap(({ SubnetId }) => SubnetId ?? []).slice(0, 2);
  return { vpc: Subnets[0]?.VpcId ?? "", subnets };
}

const loadBalancers: Walk = async (settings) => {
  const client = new elb.ElasticLoadBalancingV2Client(settings);
  const { vpc, subnets } = await vpcWithSubnets(settings);
  const groups: string[] = [];
  for (const Name of shuffled) {
    const { TargetGroups = [] } = await client.send(
      new elb.CreateTargetGroupCommand({ Name, Protocol: "HTTP", Port: 80, VpcId: vpc, TargetType: "ip" }),
    );
    groups.push(TargetGroups[0]?.TargetGroupArn ?? "");
  }
  const [group = ""] = groups;
  const listed = await pages(async (Marker) => {
    const found = await client.send(new elb.DescribeTargetGroupsCommand({ PageSize: 2, Marker }));
    return { items: found.TargetGroups?.map((one) => one.TargetGroupName), next: found.NextMarker };
  });
  const { LoadBalancers = [] } = await client.send(
    new elb.CreateLoadBalancerCommand({ Name: "shop", Subnets: subnets, Tags: [{ Key: "a", Value: "1" }] }),
  );
  const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? "";
  const { Listeners = [] } = await client.send(
    new elb.CreateListenerCommand({
      LoadBalancerArn,
      Protocol: "HTTP",
      Port: 8080,
      DefaultActions: [{ Type: "forward", TargetGroupArn: group }],
    }),
  );
  const ListenerArn = Listeners[0]?.ListenerArn ?? "";
  for (const Priority of [20, 3, 100]) {
    await client.send(
      new elb.CreateRuleCommand({
        ListenerArn,
        Priority,
        Conditions: [{ Field: "path-pattern", Values: [`/${Priority}/*`] }],
        Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "204" } }],
      }),
    );
  }
  const rules = await pages(async (Marker) => {
    const found = await client.send(new elb.DescribeRulesCommand({ ListenerArn, PageSize: 3, Marker }));
    return { items: found.Rules?.map(({ Priority }) => Priority), next: found.NextMarker };
  });
  await client.send(
    new elb.RegisterTargetsCommand({ TargetGroupArn: group, Targets: [{ Id: "172.31.0.9", Port: 81 }] }),
  );
  const health = await client.send(new elb.DescribeTargetHealthCommand({ TargetGroupArn: group }));
  const inUse = await refusal(client.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: group })));
  await client.send(new elb.ModifyTargetGroupCommand({ TargetGroupArn: group, HealthCheckPath: "/up" }));
  await client.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn }));
  await vi.waitFor(() => client.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: group })), 5_000);
  const left = await client.send(new elb.DescribeTargetGroupsCommand({}));
  return {
    listed,
    rules,
    targets: health.TargetHealthDescriptions?.map(({ Target }) => Target?.Id),
    inUse,
    left: left.TargetGroups?.length,
  };
};

const zones: Walk = async (settings) => {
  const client = new route53.Route53Client(settings);
  for (const [index, name] of ["b.example", "a.b.example", "a-b.example"].entries()) {
    await client.send(new route53.CreateHostedZoneCommand({ Name: name, CallerReference: `r${index}` }));
  }
  const again = await refusal(
    client.send(new route53.CreateHostedZoneCommand({ Name: "c.example", CallerReference: "r0" })),
  );
  const byName = await client.send(new route53.ListHostedZonesByNameCommand({}));
  const counted = await pages(async (Marker) => {
    const found = await client.send(new route53.ListHostedZonesCommand({ MaxItems: 2, Marker }));
    return { items: found.HostedZones?.map(() => "zone"), next: found.NextMarker };
  });
  const Id = byName.HostedZones?.find(({ Name }) => Name === "b.example.")?.Id ?? "";
  const change = (Action: route53.ChangeAction, Name: string, TTL = 60) =>
    client.send(
      new route53.ChangeResourceRecordSetsCommand({
        HostedZoneId: Id,
        ChangeBatch: {
          Changes: [
            {
              Action,
              ResourceRecordSet: { Name, Type: "A", TTL, ResourceRecords: [{ Value: "10.0.0.1" }] },
            },
          ],
        },
      }),
    );
  for (const name of ["z.b.example", "a-b.b.example", "ab.b.example"]) await change("CREATE", name);
  await change("UPSERT", "z.b.example", 90);
  const records = await client.send(new route53.ListResourceRecordSetsCommand({ HostedZoneId: Id }));
  const full = await refusal(client.send(new route53.DeleteHostedZoneCommand({ Id })));
  await change("DELETE", "z.b.example", 90);
  for (const name of ["a-b.b.example", "ab.b.example"]) await change("DELETE", name);
  await client.send(new route53.DeleteHostedZoneCommand({ Id }));
  const { HostedZoneCount } = await client.send(new route53.GetHostedZoneCountCommand({}));
  return {
    again,
    byName: byName.HostedZones?.map(({ Name }) => Name),
    counted: counted.map((page) => page.length),
    records: records.ResourceRecordSets?.map(({ Name, Type, TTL }) => `${Name} ${Type} ${TTL}`),
    full,
    HostedZoneCount,
  };
};

const cloudMap: Walk = async (settings) => {
  const client = new discovery.ServiceDiscoveryClient({ ...settings, disableHostPrefix: true });
  const { OperationId } = await client.send(new discovery.CreateHttpNamespaceCommand({ Name: "shop" }));
  const operation = await vi.waitFor(async () => {
    const { Operation } = await client.send(
      new discovery.GetOperationCommand({ OperationId: OperationId ?? "" }),
    );
    if (Operation?.Status !== "SUCCESS") throw new Error(`${Operation?.Status}`);
    return Operation;
  }, 5_000);
  const NamespaceId = operation.Targets?.NAMESPACE ?? "";
  const ids: string[] = [];
  for (const Name of shuffled.filter((name) => name !== "aB")) {
    const { Service } = await client.send(new discovery.CreateServiceCommand({ Name, NamespaceId }));
    ids.push(Service?.Id ?? "");
  }
  const [ServiceId = ""] = ids;
  const register = await client.send(
    new discovery.RegisterInstanceCommand({
      ServiceId,
      InstanceId: "one",
      Attributes: { AWS_INSTANCE_IPV4: "10.0.0.1", stage: "blue" },
    }),
  );
  const found = await vi.waitFor(async () => {
    const { Instances = [] } = await client.send(
      new discovery.DiscoverInstancesCommand({
        NamespaceName: "shop",
        ServiceName: "b",
        QueryParameters: { stage: "blue" },
      }),
    );
    if (Instances.length === 0) throw new Error(`no instance of ${register.OperationId}`);
    return Instances.map(({ InstanceId, Attributes }) => ({ InstanceId, Attributes }));
  }, 5_000);
  const services = await pages(async (NextToken) => {
    const page = await client.send(new discovery.ListServicesCommand({ MaxResults: 3, NextToken }));
    return { items: page.Services?.map(({ Name }) => Name), next: page.NextToken };
  });
  const inUse = await refusal(client.send(new discovery.DeleteServiceCommand({ Id: ServiceId })));
  // Their order is that of ids, which are drawn.
  return { services: services.map((page) => page.length), found, inUse };
};

const certificates: Walk = async (settings) => {
  const client = new acm.ACMClient(settings);
  const arns: string[] = [];
  for (const DomainName of ["b.example", "a.example", "c.example"]) {
    const { CertificateArn = "" } = await client.send(
      new acm.RequestCertificateCommand({ DomainName, KeyAlgorithm: "EC_prime256v1" }),
    );
    arns.push(CertificateArn);
  }
  const [CertificateArn = ""] = arns;
  await client.send(
    new acm.AddTagsToCertificateCommand({ CertificateArn, Tags: [{ Key: "a", Value: "1" }] }),
  );
  const { Tags } = await client.send(new acm.ListTagsForCertificateCommand({ CertificateArn }));
  const listed = await pages(async (NextToken) => {
    const page = await client.send(
      new acm.ListCertificatesCommand({ MaxItems: 2, NextToken, Includes: { keyTypes: ["EC_prime256v1"] } }),
    );
    return { items: page.CertificateSummaryList?.map(({ Status }) => Status), next: page.NextToken };
  });
  await client.send(new acm.DeleteCertificateCommand({ CertificateArn }));
  const gone = await refusal(client.send(new acm.DescribeCertificateCommand({ CertificateArn })));
  return { Tags, listed, gone };
};

const groups: Walk = async (settings) => {
  const client = new autoscaling.AutoScalingClient(settings);
  const { subnets } = await vpcWithSubnets(settings);
  await new ec2.EC2Client(settings).send(
    new ec2.CreateLaunchTemplateCommand({
      LaunchTemplateName: "machines",
      LaunchTemplateData: { ImageId: "ami-12345678", InstanceType: "t3.micro" },
    }),
  );
  for (const AutoScalingGroupName of shuffled) {
    await client.send(
      new autoscaling.CreateAutoScalingGroupCommand({
        AutoScalingGroupName,
        ...{ MinSize: 0, MaxSize: 2, DesiredCapacity: 0 },
        LaunchTemplate: { LaunchTemplateName: "machines" },
        VPCZoneIdentifier: subnets.join(","),
        Tags: [{ Key: "name", Value: AutoScalingGroupName, PropagateAtLaunch: true }],
      }),
    );
  }
  const listed = await pages(async (NextToken) => {
    const page = await client.send(
      new autoscaling.DescribeAutoScalingGroupsCommand({ MaxRecords: 2, NextToken }),
    );
    return { items: page.AutoScalingGroups?.map((one) => one.AutoScalingGroupName), next: page.NextToken };
  });
  await client.send(
    new autoscaling.PutScalingPolicyCommand({
      AutoScalingGroupName: "b",
      PolicyName: "up",
      AdjustmentType: "ChangeInCapacity",
      ScalingAdjustment: 1,
    }),
  );
  await client.send(new autoscaling.UpdateAutoScalingGroupCommand({ AutoScalingGroupName: "b", MaxSize: 5 }));
  const { AutoScalingGroups } = await client.send(
    new autoscaling.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ["b"] }),
  );
  const policies = await client.send(new autoscaling.DescribePoliciesCommand({ AutoScalingGroupName: "b" }));
  for (const AutoScalingGroupName of shuffled) {
    await client.send(
      new autoscaling.DeleteAutoScalingGroupCommand({ AutoScalingGroupName, ForceDelete: true }),
    );
  }
  return {
    listed,
    largest: AutoScalingGroups?.[0]?.MaxSize,
    policies: policies.ScalingPolicies?.map(({ PolicyName }) => PolicyName),
  };
};

const serviceScaling: Walk = async (settings) => {
  const services = new ecs.ECSClient(settings);
  const { subnets } = await vpcWithSubnets(settings);
  await services.send(new ecs.CreateClusterCommand({ clusterName: "c" }));
  await services.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: "web",
      requiresCompatibilities: ["FARGATE"],
      ...{ networkMode: "awsvpc", cpu: "256", memory: "512" },
      containerDefinitions: [{ name: "web", image: "web" }],
    }),
  );
  for (const serviceName of shuffled) {
    await services.send(
      new ecs.CreateServiceCommand({
        ...{ cluster: "c", serviceName, taskDefinition: "web", desiredCount: 0, launchType: "FARGATE" },
        networkConfiguration: { awsvpcConfiguration: { subnets } },
      }),
    );
  }
  const client = new scaling.ApplicationAutoScalingClient(settings);
  const place = (name: string) =>
    ({
      ServiceNamespace: "ecs",
      ScalableDimension: "ecs:service:DesiredCount",
      ResourceId: `service/c/${name}`,
    }) as const;
  const register = (name: string, MaxCapacity: number) =>
    client.send(new scaling.RegisterScalableTargetCommand({ ...place(name), MinCapacity: 0, MaxCapacity }));
  const absent = await refusal(register("none", 2));
  for (const name of shuffled) await register(name, 2);
  await register("b", 5);
  await client.send(
    new scaling.PutScheduledActionCommand({
      ...place("b"),
      ScheduledActionName: "nightly",
      Schedule: "cron(0 22 * * ? *)",
      ScalableTargetAction: { MaxCapacity: 1 },
    }),
  );
  const targets = await pages(async (NextToken) => {
    const page = await client.send(
      new scaling.DescribeScalableTargetsCommand({ ServiceNamespace: "ecs", MaxResults: 2, NextToken }),
    );
    return {
      items: page.ScalableTargets?.map(({ ResourceId, MaxCapacity }) => `${ResourceId} ${MaxCapacity}`),
      next: page.NextToken,
    };
  });
  await client.send(new scaling.DeregisterScalableTargetCommand(place("b")));
  const actions = await client.send(new scaling.DescribeScheduledActionsCommand({ ServiceNamespace: "ecs" }));
  return { absent, targets, actions: actions.ScheduledActions?.length };
};

const stacks: Walk = async (settings) => {
  const client = new cloudformation.CloudFormationClient(settings);
  const body = (path: string) =>
    `Resources: {Role: {Type: AWS::ECR::Repository, Properties: {RepositoryName: ${path}}}}`;
  const settled = (StackName: string, status: string) =>
    vi.waitFor(async () => {
      const { Stacks = [] } = await client.send(new cloudformation.DescribeStacksCommand({ StackName }));
      if (Stacks[0]?.StackStatus !== status) throw new Error(`${StackName}: ${Stacks[0]?.StackStatus}`);
    }, 10_000);
  for (const StackName of shuffled) {
    const TemplateBody = body(`stack/${StackName.toLowerCase()}-${shuffled.indexOf(StackName)}`);
    await client.send(new cloudformation.CreateStackCommand({ StackName, TemplateBody }));
  }
  for (const StackName of shuffled) await settled(StackName, "CREATE_COMPLETE");
  await client.send(
    new cloudformation.UpdateStackCommand({ StackName: "b", TemplateBody: body("stack/other") }),
  );
  await settled("b", "UPDATE_COMPLETE");
  const resources = await client.send(new cloudformation.ListStackResourcesCommand({ StackName: "b" }));
  const { Stacks = [] } = await client.send(new cloudformation.DescribeStacksCommand({}));
  await client.send(new cloudformation.DeleteStackCommand({ StackName: "b" }));
  await vi.waitFor(async () => {
    const gone = await refusal(client.send(new cloudformation.DescribeStacksCommand({ StackName: "b" })));
    if (gone === undefined) throw new Error("b is there");
  }, 10_000);
  return {
    made: Stacks.map(({ StackName }) => StackName).sort(),
    resources: resources.StackResourceSummaries?.map((one) => one.PhysicalResourceId),
  };
};

const tags: Walk = async (settings) => {
  const repositories = new ecr.ECRClient(settings);
  const arns: string[] = [];
  for (const [index, value] of names.entries()) {
    const { repository } = await repositories.send(
      new ecr.CreateRepositoryCommand({
        repositoryName: `tagged/${index}`,
        tags: [{ Key: "walk", Value: value }],
      }),
    );
    arns.push(repository?.repositoryArn ?? "");
  }
  const client = new tagging.ResourceGroupsTaggingAPIClient(settings);
  const TagFilters = [{ Key: "walk" }];
  const found = await pages(async (PaginationToken) => {
    const page = await client.send(
      new tagging.GetResourcesCommand({ TagFilters, ResourcesPerPage: 2, PaginationToken }),
    );
    return {
      items: page.ResourceTagMappingList?.map((one) => one.ResourceARN?.split("/").at(-1)),
      next: page.PaginationToken,
    };
  });
  await client.send(
    new tagging.UntagResourcesCommand({ ResourceARNList: arns.slice(0, 1), TagKeys: ["walk"] }),
  );
  const values = await client.send(new tagging.GetTagValuesCommand({ Key: "walk" }));
  return { found, values: values.TagValues };
};

const trails: Walk = async (settings) => {
  const client = new cloudtrail.CloudTrailClient(settings);
  const absent = await refusal(
    client.send(new cloudtrail.CreateTrailCommand({ Name: "all", S3BucketName: "nowhere" })),
  );
  for (const Name of ["b-trail", "Zebra", "a_b", "a-b"]) {
    await client.send(new cloudtrail.CreateTrailCommand({ Name, S3BucketName: "logs" }));
  }
  await client.send(new cloudtrail.StartLoggingCommand({ Name: "Zebra" }));
  await client.send(new cloudtrail.UpdateTrailCommand({ Name: "Zebra", S3KeyPrefix: "deep" }));
  const { trailList = [] } = await client.send(new cloudtrail.DescribeTrailsCommand({}));
  const { IsLogging } = await client.send(new cloudtrail.GetTrailStatusCommand({ Name: "Zebra" }));
  await client.send(new cloudtrail.DeleteTrailCommand({ Name: "a-b" }));
  const { Trails = [] } = await client.send(new cloudtrail.ListTrailsCommand({}));
  return {
    absent,
    described: trailList.map(({ Name, S3KeyPrefix }) => `${Name} ${S3KeyPrefix}`),
    IsLogging,
    left: Trails.map(({ Name }) => Name),
  };
};

/** A walk through each service, and what it answers, whatever the database. */
export const walks: readonly (readonly [service: string, walk: Walk, answers: unknown])[] = [
  [
    "elasticloadbalancing",
    loadBalancers,
    {
      listed: [["Zebra", "a-b"], ["aB", "ab"], ["b"]],
      rules: [["3", "20", "100"], ["default"]],
      targets: ["172.31.0.9"],
      inUse: "ResourceInUseException",
      left: 4,
    },
  ],
  [
    "route53",
    zones,
    {
      again: "HostedZoneAlreadyExists",
      // By their labels from the last one on.
      byName: ["a-b.example.", "b.example.", "a.b.example."],
      counted: [2, 1],
      records: [
        "b.example. NS 172800",
        "b.example. SOA 900",
        "a-b.b.example. A 60",
        "ab.b.example. A 60",
        "z.b.example. A 90",
      ],
      full: "HostedZoneNotEmpty",
      HostedZoneCount: 2,
    },
  ],
  [
    "servicediscovery",
    cloudMap,
    {
      services: [3, 1],
      found: [{ InstanceId: "one", Attributes: { AWS_INSTANCE_IPV4: "10.0.0.1", stage: "blue" } }],
      inUse: "ResourceInUse",
    },
  ],
  [
    "acm",
    certificates,
    {
      Tags: [{ Key: "a", Value: "1" }],
      listed: [["ISSUED", "ISSUED"], ["ISSUED"]],
      gone: "ResourceNotFoundException",
    },
  ],
  ["autoscaling", groups, { listed: [["Zebra", "a-b"], ["aB", "ab"], ["b"]], largest: 5, policies: ["up"] }],
  [
    "application-autoscaling",
    serviceScaling,
    {
      absent: "ValidationException",
      targets: [
        ["service/c/Zebra 2", "service/c/a-b 2"],
        ["service/c/aB 2", "service/c/ab 2"],
        ["service/c/b 5"],
      ],
      // It goes with its target.
      actions: 0,
    },
  ],
  ["cloudformation", stacks, { made: ["Zebra", "a-b", "aB", "ab", "b"], resources: ["stack/other"] }],
  ["tagging", tags, { found: [["0", "1"], ["2", "3"], ["4"]], values: ["a-b", "aB", "ab", "b"] }],
  [
    "cloudtrail",
    trails,
    {
      absent: "S3BucketDoesNotExistException",
      described: ["Zebra deep", "a-b undefined", "a_b undefined", "b-trail undefined"],
      IsLogging: true,
      left: ["Zebra", "a_b", "b-trail"],
    },
  ],
];
