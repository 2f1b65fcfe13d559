/** Application Auto Scaling in its own name. */
export const autoScalingPrincipal = "application-autoscaling.amazonaws.com";

/** The service that acts through AWSServiceRoleForApplicationAutoScaling_ECSService. */
export const ecsScalingPrincipal = "ecs.application-autoscaling.amazonaws.com";

/** The session of that role, as CloudTrail shows it (User Guide, "Service-linked roles for Application Auto Scaling"). */
export const scalingSession = "ApplicationAutoScaling";
