/** The service that acts through AWSServiceRoleForECS, and in whose name ECS does its own bookkeeping. */
export const ecsPrincipal = "ecs.amazonaws.com";

/** Who takes the roles that a task definition names (User Guide, "Amazon ECS task IAM role"). */
export const tasksPrincipal = "ecs-tasks.amazonaws.com";
