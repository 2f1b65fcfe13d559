import type { Service } from "../../dispatch/service.ts";

const noWarmPools = "an instance is a machine that runs or does not: there is nothing to keep warm";
const noTopics = "there is no SNS to notify: use an EventBridge rule on the events of aws.autoscaling";
const noClassic = "there are no Classic Load Balancers here: use target groups";

/** What is not there, with the reason that a caller is told. */
export const refused: Service["refused"] = {
  AttachInstances: "a machine joins as an instance that its group has launched",
  AttachLoadBalancers: noClassic,
  DetachLoadBalancers: noClassic,
  PutWarmPool: noWarmPools,
  DeleteWarmPool: noWarmPools,
  PutNotificationConfiguration: noTopics,
  DeleteNotificationConfiguration: noTopics,
  GetPredictiveScalingForecast: "nothing is forecast here",
  LaunchInstances: "a group launches by its desired capacity: use SetDesiredCapacity",
  RollbackInstanceRefresh: "a refresh is not rolled back: start another one with the earlier launch template",
  DescribeAccountSettings: "there are no settings of an account here",
  PutAccountSetting: "there are no settings of an account here",
};
