import type * as ecr from "@aws-sdk/client-ecr";
import type * as iam from "@aws-sdk/client-iam";
import type * as sts from "@aws-sdk/client-sts";
import { describe, expectTypeOf, test } from "vitest";
import type { ErrorName, InputOf, OperationName, OutputOf, SdkModule } from "./module-types.ts";

describe("types derived from an SDK module", () => {
  test("operations are the commands", () => {
    expectTypeOf<"CreateRepository">().toExtend<OperationName<typeof ecr>>();
    expectTypeOf<"CreateRepositry">().not.toExtend<OperationName<typeof ecr>>();
    expectTypeOf<"$">().not.toExtend<OperationName<typeof ecr>>();
    expectTypeOf<"GetCallerIdentity">().toExtend<OperationName<typeof sts>>();
    expectTypeOf<typeof ecr>().toExtend<SdkModule>();
  });

  test("required input members are present, optional ones may be absent", () => {
    type Input = InputOf<typeof ecr, "CreateRepository">;
    expectTypeOf<Input["repositoryName"]>().toEqualTypeOf<string>();
    expectTypeOf<Input["registryId"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<{ repositoryName: string }>().toExtend<Input>();
    expectTypeOf<Record<never, never>>().not.toExtend<Input>();
  });

  test("required members are present at depth", () => {
    type Rules = InputOf<typeof ecr, "PutReplicationConfiguration">["replicationConfiguration"]["rules"];
    expectTypeOf<Rules[number]["destinations"][number]["region"]>().toEqualTypeOf<string>();
    type Tags = NonNullable<InputOf<typeof iam, "CreateRole">["Tags"]>;
    expectTypeOf<Tags[number]["Key"]>().toEqualTypeOf<string>();
    expectTypeOf<InputOf<typeof ecr, "UploadLayerPart">["layerPartBlob"]>().toEqualTypeOf<Uint8Array>();
  });

  test("outputs have no metadata, and only the members of the model", () => {
    type Output = OutputOf<typeof ecr, "CreateRepository">;
    expectTypeOf<keyof Output>().toEqualTypeOf<"repository">();
    expectTypeOf<Date | undefined>().toEqualTypeOf<NonNullable<Output["repository"]>["createdAt"]>();
  });

  test("errors are those of the model, without the SDK's base class", () => {
    expectTypeOf<"RepositoryNotFoundException">().toExtend<ErrorName<typeof ecr>>();
    expectTypeOf<"RepositoryNotFoundExeption">().not.toExtend<ErrorName<typeof ecr>>();
    expectTypeOf<"ECRServiceException">().not.toExtend<ErrorName<typeof ecr>>();
    expectTypeOf<"NoSuchEntityException">().toExtend<ErrorName<typeof iam>>();
  });
});
