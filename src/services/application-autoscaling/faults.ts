import { Fault } from "../../kernel/fault.ts";

/** Every error of Application Auto Scaling. Texts are AWS's as its callers report them, unless a comment says that they are ours. */

export function validation(message: string): Fault {
  return new Fault("ValidationException", message);
}

export function badNextToken(): Fault {
  // Ours.
  return new Fault("InvalidNextTokenException", "The NextToken is not valid.");
}

export function limitExceeded(message: string): Fault {
  return new Fault("LimitExceededException", message);
}

/** @param what `scalable target registered`, `scaling policy found`, `scheduled action found`. */
export function objectNotFound(
  what: string,
  { resourceId }: { readonly resourceId: string },
  name?: string,
): Fault {
  const named = name === undefined ? "" : ` and name: ${name}`;
  return new Fault(
    "ObjectNotFoundException",
    `No ${what} for service namespace: ecs, resource ID: ${resourceId}, scalable dimension: ecs:service:DesiredCount${named}`,
  );
}

export function resourceNotFound(arn: string): Fault {
  // Ours.
  return new Fault("ResourceNotFoundException", `Unable to find resource with ARN: ${arn}`, {
    members: { ResourceName: arn },
  });
}

export function tooManyTags(arn: string): Fault {
  // Ours.
  return new Fault("TooManyTagsException", "A scalable target can have no more than 50 tags.", {
    members: { ResourceName: arn },
  });
}

/** Ours: the role may not do what a policy needs of CloudWatch, or CloudWatch refused it. */
export function failedAccess(why: string): Fault {
  return new Fault("FailedResourceAccessException", `Failed to access CloudWatch on your behalf: ${why}`);
}
