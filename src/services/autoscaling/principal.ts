/** The service that launches and ends instances through AWSServiceRoleForAutoScaling. */
export const autoScalingPrincipal = "autoscaling.amazonaws.com";

/** The session of the role, as CloudTrail shows it. */
export const autoScalingSession = "AutoScaling";
