/** Elastic Load Balancing in its own name, and as its service-linked role. */
export const elbPrincipal = "elasticloadbalancing.amazonaws.com";
