/** The name in the ARN of a load balancer or target group, whose last part is an id (`…:targetgroup/<name>/<id>`). */
export function nameInArn(arn: string): string {
  return arn.split("/").at(-2) ?? arn;
}
