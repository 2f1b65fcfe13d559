const partners =
  "partner event sources belong to companies that send events to AWS, and none sends any here.";
const endpoints =
  "a global endpoint moves events to another region when AWS says that one is down, and none says so here.";

/** Operations of EventBridge that have no meaning here (`Service.refused`). */
export const refused: Readonly<Record<string, string>> = {
  ActivateEventSource: partners,
  CreatePartnerEventSource: partners,
  DeactivateEventSource: partners,
  DeletePartnerEventSource: partners,
  DescribeEventSource: partners,
  DescribePartnerEventSource: partners,
  ListEventSources: partners,
  ListPartnerEventSourceAccounts: partners,
  ListPartnerEventSources: partners,
  PutPartnerEvents: partners,
  CreateEndpoint: endpoints,
  DeleteEndpoint: endpoints,
  DescribeEndpoint: endpoints,
  ListEndpoints: endpoints,
  UpdateEndpoint: endpoints,
};
