/** CloudFormation in its own name, and what assumes the role that a stack was given. */
export const cloudFormationPrincipal = "cloudformation.amazonaws.com";
