/**
 * Quotas of an account in a region (User Guide, "Quotas for your Application Load Balancers" and "… Network Load
 * Balancers"), as DescribeAccountLimits names them.
 */
export const limits = {
  applicationLoadBalancers: 50,
  networkLoadBalancers: 50,
  targetGroups: 3_000,
  targetsPerTargetGroup: 1_000,
  listenersPerApplicationLoadBalancer: 50,
  listenersPerNetworkLoadBalancer: 50,
  rulesPerApplicationLoadBalancer: 100,
  certificatesPerListener: 25,
  targetGroupsPerAction: 5,
  conditionValuesPerRule: 5,
  conditionWildcardsPerRule: 6,
} as const;

/** Limits by the names of the API. */
export const namedLimits: Readonly<Record<string, number>> = {
  "application-load-balancers": limits.applicationLoadBalancers,
  "certificates-per-application-load-balancer": limits.certificatesPerListener,
  "certificates-per-network-load-balancer": limits.certificatesPerListener,
  "condition-values-per-alb-rule": limits.conditionValuesPerRule,
  "condition-wildcards-per-alb-rule": limits.conditionWildcardsPerRule,
  "listeners-per-application-load-balancer": limits.listenersPerApplicationLoadBalancer,
  "listeners-per-network-load-balancer": limits.listenersPerNetworkLoadBalancer,
  "network-load-balancers": limits.networkLoadBalancers,
  "rules-per-application-load-balancer": limits.rulesPerApplicationLoadBalancer,
  "target-groups": limits.targetGroups,
  "target-groups-per-action-on-application-load-balancer": limits.targetGroupsPerAction,
  "target-groups-per-action-on-network-load-balancer": limits.targetGroupsPerAction,
  "targets-per-target-group": limits.targetsPerTargetGroup,
};
