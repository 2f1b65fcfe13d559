/** What ARNs of a kind look like, and the page of such a resource; `$1` and so on are parts of the ARN, encoded. */
const pages: readonly (readonly [RegExp, string])[] = [
  [/^arn:aws:ecr:[^:]*:\d+:repository\/(.+)$/, "/ecr/repositories/$1"],
  [/^arn:aws:ecr:[^:]*:\d+:.*replication/, "/ecr/private-registry/replication"],
  [/^arn:aws:ecr:[^:]*:\d+:.*pull-?through/, "/ecr/private-registry/pull-through-cache"],
  [/^arn:aws:ecs:[^:]*:\d+:cluster\/([^/]+)$/, "/ecs/clusters/$1"],
  [/^arn:aws:ecs:[^:]*:\d+:service\/([^/]+)\/([^/]+)$/, "/ecs/clusters/$1/services/$2"],
  [/^arn:aws:ecs:[^:]*:\d+:task\/([^/]+)\/([^/]+)$/, "/ecs/clusters/$1/tasks/$2"],
  [/^arn:aws:ecs:[^:]*:\d+:container-instance\/([^/]+)\/[^/]+$/, "/ecs/clusters/$1?tab=infrastructure"],
  [
    /^arn:aws:elasticloadbalancing:[^:]*:\d+:loadbalancer\/(?:app|net|gwy)\/([^/]+)\/[^/]+$/,
    "/ec2/load-balancers/$1",
  ],
  [/^arn:aws:elasticloadbalancing:[^:]*:\d+:targetgroup\/([^/]+)\/[^/]+$/, "/ec2/target-groups/$1"],
  [
    /^arn:aws:autoscaling:[^:]*:\d+:autoScalingGroup:[^:]+:autoScalingGroupName\/(.+)$/,
    "/ec2/auto-scaling-groups/$1",
  ],
  [/^arn:aws:servicediscovery:[^:]*:\d+:namespace\/([^/]+)$/, "/cloudmap/namespaces/$1"],
  [/^arn:aws:servicediscovery:[^:]*:\d+:service\/([^/]+)$/, "/cloudmap/services/$1"],
  [/^arn:aws:route53:::hostedzone\/([^/]+)$/, "/route53/hosted-zones/$1"],
  [/^arn:aws:secretsmanager:[^:]*:\d+:secret:(.+)-[A-Za-z0-9]{6}$/, "/secretsmanager/secrets/$1"],
  [/^arn:aws:ssm:[^:]*:\d+:parameter(\/.+\/.+)$/, "/systems-manager/parameters/$1"],
  [/^arn:aws:ssm:[^:]*:\d+:parameter\/([^/]+)$/, "/systems-manager/parameters/$1"],
  [/^arn:aws:kms:[^:]*:\d+:key\/([^/]+)$/, "/kms/keys/$1"],
  [/^arn:aws:cloudwatch:[^:]*:\d+:alarm:(.+)$/, "/cloudwatch/alarms/$1"],
  [/^arn:aws:logs:[^:]*:\d+:log-group:([^:]+)(?::\*)?$/, "/cloudwatch/log-groups/$1"],
  [/^arn:aws:iam::\d+:role\/(?:.*\/)?([^/]+)$/, "/iam/roles/$1"],
  [/^arn:aws:iam::\d+:user\/(?:.*\/)?([^/]+)$/, "/iam/users/$1"],
];

/** The page of a resource, or `undefined` where the console has none. */
export function pageOf(arn: string): string | undefined {
  for (const [pattern, page] of pages) {
    const match = pattern.exec(arn);
    if (match !== null) {
      return page.replace(/\$(\d)/g, (_, index) => encodeURIComponent(match[Number(index)] ?? ""));
    }
  }
  return undefined;
}
