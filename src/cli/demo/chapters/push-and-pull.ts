import { CreateRepositoryCommand, DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { type Cast, repository } from "../cast.ts";
import { registryToken } from "./registry-login.ts";

/** A repository, a push, a pull: the digests are the client's own. */
export async function pushAndPull({ stage, carrier, home }: Cast): Promise<void> {
  stage.chapter("Push and pull");
  const created = await stage.step(
    `aws ecr create-repository --repository-name ${repository}`,
    () => home.ecr.send(new CreateRepositoryCommand({ repositoryName: repository })),
    ({ repository: made }) => `${made?.repositoryArn}\n${made?.repositoryUri}`,
  );
  const uri = created.repository?.repositoryUri ?? "";
  const token = await registryToken(home);
  const pushed = await stage.step(
    carrier.pushCommand(uri, "v1"),
    () => carrier.push(uri, "v1", token, "v1"),
    (digest) => `pushed ${digest}`,
  );
  const described = await stage.step(
    `aws ecr describe-images --repository-name ${repository}`,
    () => home.ecr.send(new DescribeImagesCommand({ repositoryName: repository })),
    ({ imageDetails = [] }) =>
      imageDetails
        .map((image) => `${image.imageTags?.join(",")} ${image.imageDigest} ${image.imageSizeInBytes} bytes`)
        .join("\n"),
  );
  const pulled = await stage.step(
    carrier.pullCommand(uri, "v1"),
    () => carrier.pull(uri, "v1", token),
    (digest) => `pulled ${digest}`,
  );
  const known = described.imageDetails?.[0]?.imageDigest;
  if (pushed !== pulled || pushed !== known)
    throw new Error(`digests differ: ${pushed}, ${known}, ${pulled}`);
  stage.proved("one digest: the client's at push, the registry's, the client's at pull");
}
