import { createHash } from "node:crypto";
import type { PublishedPort } from "./ports.ts";
import type { ComposeService, Project } from "./project.ts";

type Resources = Record<string, { Type: string; Properties?: object; DependsOn?: readonly string[] }>;

const ref = (id: string) => ({ Ref: id });
const attribute = (id: string, name: string) => ({ "Fn::GetAtt": [id, name] });

/** The stack of a project. */
export const stackName = (project: string) => `compose-${project}`;

/** The log group of a project: a stream begins with the service's name. */
export const logGroup = (project: string) => `/compose/${project}`;

/**
 * A project as a template of CloudFormation: a network of its own, a cluster, a service of ECS for each of the file's, a
 * network load balancer for what is published, and a private DNS namespace in which each service is found by its name.
 */
export function projectTemplate(project: Project): object {
  const published = project.services.some(({ ports }) => ports.length > 0);
  const resources: Resources = {
    ...network(project),
    Cluster: { Type: "AWS::ECS::Cluster", Properties: { ClusterName: project.name } },
    Logs: {
      Type: "AWS::Logs::LogGroup",
      Properties: { LogGroupName: logGroup(project.name), RetentionInDays: 7 },
    },
    ExecutionRole: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "ecs-tasks.amazonaws.com" },
              Action: "sts:AssumeRole",
            },
          ],
        },
        ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
      },
    },
    Names: {
      Type: "AWS::ServiceDiscovery::PrivateDnsNamespace",
      Properties: { Name: domain(project), Vpc: ref("Network") },
    },
    ...(published && {
      Balancer: {
        Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Properties: { Type: "network", Scheme: "internet-facing", Subnets: [ref("Subnet")] },
        DependsOn: ["Gateway", "Way"],
      },
    }),
  };
  for (const service of project.services) Object.assign(resources, serviceResources(project, service));
  return {
    Description: `The Compose project ${project.name}`,
    Resources: resources,
    ...(published && { Outputs: { Balancer: { Value: ref("Balancer") } } }),
  };
}

/** What the names of a project's services end with. */
const domain = ({ name }: Project) => `${name}.local`;

/** Addresses that follow from the project's name, so that projects rarely meet on an engine: 10.64.0.0 to 10.191.255.255. */
function range({ name }: Project): string {
  const [first = 0, second = 0] = createHash("sha256").update(name).digest();
  return `10.${64 + (first % 128)}.${second & 0xf0}.0/20`;
}

function network(project: Project): Resources {
  const everywhere = "0.0.0.0/0";
  const ports = project.services.flatMap((service) => service.ports);
  return {
    Network: {
      Type: "AWS::EC2::VPC",
      Properties: { CidrBlock: range(project), EnableDnsSupport: true, EnableDnsHostnames: true },
    },
    Subnet: {
      Type: "AWS::EC2::Subnet",
      Properties: { VpcId: ref("Network"), CidrBlock: range(project) },
    },
    Internet: { Type: "AWS::EC2::InternetGateway" },
    Gateway: {
      Type: "AWS::EC2::VPCGatewayAttachment",
      Properties: { VpcId: ref("Network"), InternetGatewayId: ref("Internet") },
    },
    Routes: { Type: "AWS::EC2::RouteTable", Properties: { VpcId: ref("Network") } },
    Way: {
      Type: "AWS::EC2::Route",
      Properties: {
        RouteTableId: ref("Routes"),
        DestinationCidrBlock: everywhere,
        GatewayId: ref("Internet"),
      },
      DependsOn: ["Gateway"],
    },
    SubnetRoutes: {
      Type: "AWS::EC2::SubnetRouteTableAssociation",
      Properties: { SubnetId: ref("Subnet"), RouteTableId: ref("Routes") },
    },
    Tasks: {
      Type: "AWS::EC2::SecurityGroup",
      Properties: {
        GroupDescription: `Tasks of ${project.name}`,
        VpcId: ref("Network"),
        SecurityGroupIngress: [
          { IpProtocol: "-1", CidrIp: range(project) },
          ...targetsOf(ports).map((target) => ({
            ...{ IpProtocol: "tcp", FromPort: target, ToPort: target, CidrIp: everywhere },
          })),
        ],
      },
    },
  };
}

const targetsOf = (ports: readonly PublishedPort[]) => [...new Set(ports.map(({ target }) => target))];

/** A resource's name: letters and digits only, and another for each service, as services' names have no capitals. */
const id = (kind: string, service: string) => `${kind}${service.replaceAll("-", "X")}`;

function serviceResources(project: Project, service: ComposeService): Resources {
  const { name, ports } = service;
  const resources: Resources = {
    [id("Definition", name)]: {
      Type: "AWS::ECS::TaskDefinition",
      Properties: {
        Family: `${project.name}-${name}`,
        NetworkMode: "awsvpc",
        RequiresCompatibilities: ["FARGATE"],
        Cpu: String(service.size.cpu),
        Memory: String(service.size.memory),
        ExecutionRoleArn: attribute("ExecutionRole", "Arn"),
        ContainerDefinitions: [container(project, service)],
      },
    },
    [id("Name", name)]: {
      Type: "AWS::ServiceDiscovery::Service",
      Properties: {
        Name: name,
        NamespaceId: ref("Names"),
        DnsConfig: { DnsRecords: [{ Type: "A", TTL: 5 }] },
        HealthCheckCustomConfig: { FailureThreshold: 1 },
      },
    },
    [id("Service", name)]: {
      Type: "AWS::ECS::Service",
      Properties: {
        ServiceName: name,
        Cluster: ref("Cluster"),
        TaskDefinition: ref(id("Definition", name)),
        DesiredCount: service.replicas,
        LaunchType: "FARGATE",
        DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
        NetworkConfiguration: {
          AwsvpcConfiguration: {
            Subnets: [ref("Subnet")],
            SecurityGroups: [ref("Tasks")],
            AssignPublicIp: "ENABLED",
          },
        },
        ServiceRegistries: [{ RegistryArn: attribute(id("Name", name), "Arn") }],
        ...(ports.length > 0 && {
          LoadBalancers: ports.map(({ target, published }) => ({
            ContainerName: name,
            ContainerPort: target,
            TargetGroupArn: ref(`Targets${published}`),
          })),
        }),
      },
      DependsOn: [
        "Way",
        ...ports.map(({ published }) => `Port${published}`),
        ...service.dependsOn.map((one) => id("Service", one)),
      ],
    },
  };
  for (const { target, published } of ports) {
    resources[`Targets${published}`] = {
      Type: "AWS::ElasticLoadBalancingV2::TargetGroup",
      Properties: {
        ...{ Port: target, Protocol: "TCP", TargetType: "ip", VpcId: ref("Network") },
        // What a network load balancer waits before it looks again is what `up` waits for: as short as it may be.
        ...{ HealthCheckIntervalSeconds: 5, HealthyThresholdCount: 2, UnhealthyThresholdCount: 2 },
        TargetGroupAttributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "1" }],
      },
    };
    resources[`Port${published}`] = {
      Type: "AWS::ElasticLoadBalancingV2::Listener",
      Properties: {
        ...{ LoadBalancerArn: ref("Balancer"), Port: published, Protocol: "TCP" },
        DefaultActions: [{ Type: "forward", TargetGroupArn: ref(`Targets${published}`) }],
      },
    };
  }
  return resources;
}

function container(project: Project, service: ComposeService): object {
  const { healthCheck } = service;
  return {
    Name: service.name,
    Image: service.image,
    Essential: true,
    StopTimeout: service.stopTimeout,
    // `api` is api.<project>.local.
    DnsSearchDomains: [domain(project)],
    PortMappings: targetsOf(service.ports).map((target) => ({ ContainerPort: target })),
    Environment: [...service.environment].map(([Name, Value]) => ({ Name, Value })),
    LogConfiguration: {
      LogDriver: "awslogs",
      Options: {
        "awslogs-group": ref("Logs"),
        "awslogs-region": ref("AWS::Region"),
        "awslogs-stream-prefix": service.name,
      },
    },
    ...(service.entrypoint && { EntryPoint: service.entrypoint }),
    ...(service.command && { Command: service.command }),
    ...(service.labels.size > 0 && { DockerLabels: Object.fromEntries(service.labels) }),
    ...(service.user !== undefined && { User: service.user }),
    ...(service.workingDirectory !== undefined && { WorkingDirectory: service.workingDirectory }),
    ...(service.init && { LinuxParameters: { InitProcessEnabled: true } }),
    ...(healthCheck && {
      HealthCheck: {
        Command: healthCheck.command,
        ...(healthCheck.interval !== undefined && { Interval: healthCheck.interval }),
        ...(healthCheck.timeout !== undefined && { Timeout: healthCheck.timeout }),
        ...(healthCheck.retries !== undefined && { Retries: healthCheck.retries }),
        ...(healthCheck.startPeriod !== undefined && { StartPeriod: healthCheck.startPeriod }),
      },
    }),
  };
}
