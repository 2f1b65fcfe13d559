const stackSets = "there are no stack sets; make the stack in each account and region";
const types = "there is no registry of types of other makers";
const drift = "nobody but the stack's owner can tell what was meant; compare with GetTemplate";

/** Operations without meaning here, with the reason. */
export const refused: Readonly<Record<string, string>> = {
  ...of(stackSets, [
    "CreateStackInstances",
    "CreateStackSet",
    "DeleteStackInstances",
    "DeleteStackSet",
    "DescribeStackInstance",
    "DescribeStackSet",
    "DescribeStackSetOperation",
    "DetectStackSetDrift",
    "ImportStacksToStackSet",
    "ListStackInstanceResourceDrifts",
    "ListStackInstances",
    "ListStackSetAutoDeploymentTargets",
    "ListStackSetOperationResults",
    "ListStackSetOperations",
    "ListStackSets",
    "StopStackSetOperation",
    "UpdateStackInstances",
    "UpdateStackSet",
    "ActivateOrganizationsAccess",
    "DeactivateOrganizationsAccess",
    "DescribeOrganizationsAccess",
  ]),
  ...of(types, [
    "ActivateType",
    "BatchDescribeTypeConfigurations",
    "DeactivateType",
    "DeregisterType",
    "DescribePublisher",
    "DescribeType",
    "DescribeTypeRegistration",
    "ListTypeRegistrations",
    "ListTypeVersions",
    "ListTypes",
    "PublishType",
    "RecordHandlerProgress",
    "RegisterPublisher",
    "RegisterType",
    "SetTypeConfiguration",
    "SetTypeDefaultVersion",
    "TestType",
  ]),
  ...of(drift, [
    "DescribeStackDriftDetectionStatus",
    "DescribeStackResourceDrifts",
    "DetectStackDrift",
    "DetectStackResourceDrift",
  ]),
  ...of("templates are not generated from what is there", [
    "CreateGeneratedTemplate",
    "DeleteGeneratedTemplate",
    "DescribeGeneratedTemplate",
    "DescribeResourceScan",
    "GetGeneratedTemplate",
    "ListGeneratedTemplates",
    "ListResourceScanRelatedResources",
    "ListResourceScanResources",
    "ListResourceScans",
    "StartResourceScan",
    "UpdateGeneratedTemplate",
  ]),
  ...of("there are no hooks", ["DescribeChangeSetHooks", "GetHookResult", "ListHookResults"]),
  ...of("there are no stack policies", ["GetStackPolicy", "SetStackPolicy"]),
  ...of("stacks are not moved into each other", [
    "CreateStackRefactor",
    "DescribeStackRefactor",
    "ExecuteStackRefactor",
    "ListStackRefactorActions",
    "ListStackRefactors",
  ]),
  EstimateTemplateCost: "nothing here has a price",
  SignalResource: "no resource here waits for signals",
};

function of(reason: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}
