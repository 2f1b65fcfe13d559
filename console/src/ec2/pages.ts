import { page, type ServicePages } from "../frame/pages.ts";

/** Elastic Compute Cloud: what stands before containers, and what they run on. */
export const ec2Pages: ServicePages = {
  title: "EC2",
  home: "/ec2",
  about: "Load balancers, the targets behind them and their health, and Auto Scaling groups.",
  sections: [
    {
      title: "Load Balancing",
      links: [
        { text: "Load balancers", to: "/ec2/load-balancers" },
        { text: "Target groups", to: "/ec2/target-groups" },
      ],
    },
    {
      title: "Auto Scaling",
      links: [
        { text: "Auto Scaling groups", to: "/ec2/auto-scaling-groups" },
        { text: "Scalable targets", to: "/ec2/scalable-targets" },
      ],
    },
  ],
  pages: [
    page("/ec2", () => import("./load-balancers-page.tsx"), "LoadBalancersPage"),
    page("/ec2/load-balancers", () => import("./load-balancers-page.tsx"), "LoadBalancersPage"),
    page("/ec2/load-balancers/:name", () => import("./load-balancer-page.tsx"), "LoadBalancerPage"),
    page("/ec2/target-groups", () => import("./target-groups-page.tsx"), "TargetGroupsPage"),
    page("/ec2/target-groups/:name", () => import("./target-group-page.tsx"), "TargetGroupPage"),
    page("/ec2/auto-scaling-groups", () => import("./scaling-groups-page.tsx"), "ScalingGroupsPage"),
    page("/ec2/auto-scaling-groups/:name", () => import("./scaling-group-page.tsx"), "ScalingGroupPage"),
    page("/ec2/scalable-targets", () => import("./scalable-targets-page.tsx"), "ScalableTargetsPage"),
  ],
};
