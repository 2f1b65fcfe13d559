import { Fault } from "../../kernel/fault.ts";
import type { Kind } from "./documents.ts";

/** Every error of Elastic Load Balancing. Texts are AWS's as its callers report them, unless a comment says otherwise. */

export function validation(message: string): Fault {
  return new Fault("ValidationError", message);
}

export function invalidConfiguration(message: string): Fault {
  return new Fault("InvalidConfigurationRequest", message);
}

export function notPermitted(message: string): Fault {
  return new Fault("OperationNotPermitted", message);
}

/** Ours: something that AWS has and Roadstead does not serve, refused rather than pretended. */
export function notServed(what: string): Fault {
  return invalidConfiguration(`${what} is not served here.`);
}

const nouns: Readonly<Record<Kind, string>> = {
  "load-balancer": "load balancer",
  listener: "listener",
  rule: "listener rule",
  "target-group": "target group",
};

export function invalidArn(kind: Kind, arn: string): Fault {
  return validation(`'${arn.slice(0, 512)}' is not a valid ${nouns[kind]} ARN`);
}

const missing: Readonly<Record<Kind, (named: string) => Fault>> = {
  // AWS: by its ARN it is one or more (captured), by its name it is named.
  "load-balancer": (named) =>
    new Fault(
      "LoadBalancerNotFound",
      named.startsWith("arn:")
        ? "One or more load balancers not found"
        : `Load balancers '[${named}]' not found`,
    ),
  listener: () => new Fault("ListenerNotFound", "One or more listeners not found"),
  rule: () => new Fault("RuleNotFound", "One or more rules not found"),
  "target-group": () => new Fault("TargetGroupNotFound", "One or more target groups not found"),
};

/** @param named the ARN or name that there is none of. */
export function notFound(kind: Kind, named: string): Fault {
  return missing[kind](named);
}
