import { Fault } from "../../kernel/fault.ts";

/**
 * Every error of Cloud Map. Codes are the API Reference's; texts are AWS's as callers report them, or ours where a
 * comment says so.
 */

export function invalidInput(message: string): Fault {
  return new Fault("InvalidInput", message);
}

export function namespaceNotFound(): Fault {
  return new Fault("NamespaceNotFound", "Namespace not found");
}

export function serviceNotFound(): Fault {
  return new Fault("ServiceNotFound", "Service not found");
}

export function instanceNotFound(): Fault {
  return new Fault("InstanceNotFound", "Instance not found");
}

export function operationNotFound(id: string): Fault {
  // Ours.
  return new Fault("OperationNotFound", `Operation ${id} not found`);
}

export function resourceNotFound(arn: string): Fault {
  // Ours.
  return new Fault("ResourceNotFoundException", `The resource ${arn} does not exist.`);
}

export function namespaceAlreadyExists(creatorRequestId: string | undefined, id: string): Fault {
  return new Fault("NamespaceAlreadyExists", "Namespace already exists", {
    members: {
      NamespaceId: id,
      ...(creatorRequestId !== undefined && { CreatorRequestId: creatorRequestId }),
    },
  });
}

export function serviceAlreadyExists(
  creatorRequestId: string | undefined,
  { id, arn }: { readonly id: string; readonly arn: string },
): Fault {
  return new Fault("ServiceAlreadyExists", "Service already exists.", {
    members: {
      ServiceId: id,
      ServiceArn: arn,
      ...(creatorRequestId !== undefined && { CreatorRequestId: creatorRequestId }),
    },
  });
}

export function duplicateRequest(operationId: string): Fault {
  return new Fault("DuplicateRequest", "The operation is already in progress.", {
    members: { DuplicateOperationId: operationId },
  });
}

export function namespaceInUse(): Fault {
  return new Fault(
    "ResourceInUse",
    "Namespace has associated services; delete the services before deleting the namespace",
  );
}

export function serviceInUse(): Fault {
  return new Fault(
    "ResourceInUse",
    "Service contains registered instances; delete the instances before deleting the service",
  );
}

export function otherOperationRuns(): Fault {
  // Ours.
  return new Fault(
    "ResourceInUse",
    "Another operation on the resource is in progress; try again when it has ended.",
  );
}

export function limitExceeded(what: string): Fault {
  // Ours: AWS names only the code.
  return new Fault("ResourceLimitExceeded", `The limit of ${what} has been reached.`);
}

export function tooManyTags(arn: string): Fault {
  // Ours.
  return new Fault("TooManyTagsException", "A resource can have no more than 50 tags.", {
    members: { ResourceName: arn },
  });
}

export function customHealthNotFound(): Fault {
  return new Fault(
    "CustomHealthNotFound",
    "The health check for the instance that is specified by ServiceId and InstanceId is not a custom health check.",
  );
}

export function attributesLimitExceeded(): Fault {
  // Ours.
  return new Fault(
    "ServiceAttributesLimitExceededException",
    "A service can have no more than 30 attributes.",
  );
}

export function badNextToken(): Fault {
  // Ours.
  return invalidInput("The NextToken is not valid.");
}
