/** CloudWatch in its own name. */
export const cloudWatchPrincipal = "cloudwatch.amazonaws.com";
