import type { InternalOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";

/** Where objects of S3 are, as far as tasks read their environment from them. */
export interface EnvironmentObjects {
  /** The text of an object; `undefined` without the bucket or without the object. */
  read(bucket: string, key: string): Promise<"no bucket" | "no object" | { readonly text: string }>;
}

/**
 * Reads an environment file for a task, as the role that asks: AWS asks it for `s3:GetObject` on the object (Developer
 * Guide, "Pass environment variables to an Amazon ECS container"). The decision is made at this one door; the object
 * comes from the folder, or the real S3, that the operator named for the bucket.
 */
export function readEnvironmentFile(
  objects: EnvironmentObjects,
): InternalOperation<{ readonly arn: string }, never, string> {
  return {
    service: "ecs",
    name: "ReadEnvironmentFile",
    authorise: ({ arn }) => [{ action: "s3:GetObject", resource: arn }],
    describe: ({ arn }) => ({ arn }),
    async read(_ctx, { arn }) {
      const [bucket = "", ...key] = arn.split(":::").at(-1)?.split("/") ?? [];
      const found = await objects.read(bucket, key.join("/"));
      if (found === "no bucket")
        throw new Fault("NoSuchBucket", "The specified bucket does not exist", { status: 404 });
      if (found === "no object")
        throw new Fault("NoSuchKey", "The specified key does not exist.", { status: 404 });
      return found.text;
    },
  };
}
