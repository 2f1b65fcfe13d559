import type { Repository } from "@aws-sdk/client-ecr";
import Box from "@cloudscape-design/components/box";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useRegion } from "../aws/region.ts";
import { CodeText } from "../parts/code-text.tsx";

/** What to type to push an image, with the names of this repository. */
export function PushCommands({
  repository: { repositoryUri: uri = "", repositoryName: name = "" },
  onClose,
}: {
  readonly repository: Repository;
  readonly onClose: () => void;
}) {
  const region = useRegion();
  const [host] = uri.split("/");
  const image = name.split("/").at(-1) ?? name;
  const steps = [
    [
      "Sign in the container client",
      `aws ecr get-login-password --region ${region} --endpoint-url ${window.location.origin} | docker login --username AWS --password-stdin ${host}`,
    ],
    ["Build the image", `docker build -t ${image} .`],
    ["Give it the repository's name", `docker tag ${image}:latest ${uri}:latest`],
    ["Push it", `docker push ${uri}:latest`],
  ] as const;
  return (
    <Modal
      visible
      size="large"
      header={`Push commands for ${name}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        {steps.map(([text, command], index) => (
          <div key={text}>
            <Box variant="awsui-key-label">
              {index + 1}. {text}
            </Box>
            <CodeText name={`command ${index + 1}`} text={command} />
          </div>
        ))}
      </SpaceBetween>
    </Modal>
  );
}
