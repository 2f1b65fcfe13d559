/** Cloud Map in its own name, and the service through which callers' identities reach Route 53. */
export const cloudMapPrincipal = "servicediscovery.amazonaws.com";
