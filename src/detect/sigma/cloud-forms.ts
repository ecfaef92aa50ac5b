import type { Forms } from './event-forms.ts'

/** Where the audit logs of clouds and of services have the fields of rules. */
export const CLOUD_FORMS: readonly Forms[] = [
  {
    product: ['aws'],
    inside: ['detail', 'aws.cloudtrail.flattened', 'aws.cloudtrail'],
    snake: ['aws.cloudtrail.flattened', 'aws.cloudtrail'],
    names: {
      eventName: 'event.action',
      eventSource: 'event.provider',
      sourceIPAddress: 'source.address source.ip',
      userAgent: 'user_agent.original',
      awsRegion: 'cloud.region',
      'userIdentity.userName': 'user.name',
      'userIdentity.accountId': 'cloud.account.id',
    },
  },
  {
    product: ['azure'],
    inside: ['azure.{service}', 'azure.{service}.properties', 'properties'],
    snake: ['azure.{service}', 'azure.{service}.properties'],
    camel: ['', 'properties.'],
    names: {
      operationName:
        'operationName.value azure.activitylogs.operation_name azure.auditlogs.operation_name event.action',
      OperationNameValue: 'azure.activitylogs.operation_name operationName event.action',
      eventSource: 'event.provider',
      eventName: 'event.action',
      Status: 'event.outcome',
      'properties.message': 'azure.auditlogs.operation_name message',
      riskEventType: 'azure.identity_protection.properties.risk_event_type properties.riskEventType',
      UserPrincipalName: 'azure.signinlogs.properties.user_principal_name userPrincipalName',
      ResultType: 'azure.signinlogs.result_type resultType',
      ResultDescription: 'azure.signinlogs.result_description resultDescription',
    },
  },
  {
    product: ['gcp'],
    inside: ['data', 'json', 'gcp'],
    names: {
      'gcp.audit.method_name':
        'protoPayload.methodName data.protoPayload.methodName json.protoPayload.methodName event.action',
      'data.protoPayload.methodName': 'protoPayload.methodName gcp.audit.method_name event.action',
      'data.protoPayload.serviceName': 'protoPayload.serviceName gcp.audit.service_name service.name',
      eventService: 'protoPayload.serviceName data.protoPayload.serviceName event.provider',
      eventName: 'protoPayload.metadata.event.eventName data.protoPayload.metadata.event.eventName event.action',
    },
  },
  {
    product: ['okta'],
    inside: ['okta'],
    snake: ['okta'],
    names: {
      eventType: 'eventtype event.action',
      eventtype: 'eventType okta.event_type event.action',
      displaymessage: 'displayMessage okta.display_message event.reason',
    },
  },
  {
    product: ['m365', 'office365'],
    inside: ['o365.audit'],
    names: {
      eventSource: 'Workload o365.audit.Workload event.provider',
      eventName: 'Operation o365.audit.Operation event.action',
      status: 'ResultStatus o365.audit.ResultStatus event.outcome',
    },
  },
  {
    product: ['kubernetes'],
    inside: ['kubernetes.audit', 'objectRef', 'kubernetes.audit.objectRef'],
    names: {
      username: 'user.username kubernetes.audit.user.username',
      capabilities:
        'requestObject.spec.containers.securityContext.capabilities.add kubernetes.audit.requestObject.spec.containers.securityContext.capabilities.add',
      privileged:
        'requestObject.spec.containers.securityContext.privileged kubernetes.audit.requestObject.spec.containers.securityContext.privileged',
      hostPath: 'requestObject.spec.volumes.hostPath.path kubernetes.audit.requestObject.spec.volumes.hostPath.path',
    },
  },
  { product: ['github'], inside: ['github'], names: { action: 'event.action', actor: 'user.name' } },
  { product: ['bitbucket'], inside: ['bitbucket'], snake: ['bitbucket'] },
]
