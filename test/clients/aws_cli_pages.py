"""The AWS CLI's waiters and paginators of IAM and Organizations, run in one interpreter: its own entry point, many times.

Prints one JSON object: how each waiter ended, and for each paginator the items of the whole list and of the same list
taken two at a time. The endpoint and keys come from the environment; the certificates from the folder given.
"""

import contextlib
import io
import json
import pathlib
import sys
import time

import boto3
import botocore.session
from awscli.clidriver import create_clidriver

ACCOUNT = "111111111111"
files = pathlib.Path(sys.argv[1])
driver = create_clidriver()


def aws(*arguments):
    """Exit code and standard output of `aws …`."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            code = driver.main([*arguments, "--output", "json"])
        except SystemExit as refused:  # How the command line ends when it does not understand.
            code = refused.code
    return code, out.getvalue() or err.getvalue()


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def text(name):
    return (files / name).read_text()


iam = boto3.client("iam", region_name="us-east-1")
organizations = boto3.client("organizations", region_name="us-east-1")
document = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
deny = policy({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
trust = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
tags = [{"Key": f"k{i}", "Value": "v"} for i in range(3)]
metadata = f"""<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sso.example.com">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">
<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>
{text("ca.pem").split("-----")[2]}</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>
"""


def furnish():
    """Three of everything that is listed, or as many as there may be."""
    for i in range(3):
        iam.create_user(UserName=f"user{i}", Tags=tags)
        iam.create_group(GroupName=f"group{i}")
        iam.create_policy(PolicyName=f"policy{i}", PolicyDocument=document, Tags=tags)
        iam.create_role(RoleName=f"role{i}", AssumeRolePolicyDocument=trust, Tags=tags)
        iam.create_instance_profile(InstanceProfileName=f"profile{i}", Tags=tags)
        iam.add_role_to_instance_profile(InstanceProfileName=f"profile{i}", RoleName="role0")
        iam.upload_server_certificate(
            ServerCertificateName=f"certificate{i}",
            CertificateBody=text("leaf.pem"),
            PrivateKey=text("leaf.key"),
            Tags=tags,
        )
        iam.create_virtual_mfa_device(VirtualMFADeviceName=f"device{i}", Tags=tags)
    for i in range(3):
        arn = f"arn:aws:iam::{ACCOUNT}:policy/policy{i}"
        iam.add_user_to_group(GroupName="group0", UserName=f"user{i}")
        if i > 0:
            iam.add_user_to_group(GroupName=f"group{i}", UserName="user0")
        iam.put_user_policy(UserName="user0", PolicyName=f"own{i}", PolicyDocument=document)
        iam.put_group_policy(GroupName="group0", PolicyName=f"own{i}", PolicyDocument=document)
        iam.put_role_policy(RoleName="role0", PolicyName=f"own{i}", PolicyDocument=document)
        iam.attach_user_policy(UserName="user0", PolicyArn=arn)
        iam.attach_group_policy(GroupName="group0", PolicyArn=arn)
        iam.attach_role_policy(RoleName="role0", PolicyArn=arn)
        iam.create_policy_version(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/policy0", PolicyDocument=document)
        if i > 0:
            iam.attach_user_policy(UserName=f"user{i}", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/policy0")
            iam.attach_role_policy(RoleName=f"role{i}", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/policy0")
    for _ in range(2):
        iam.create_access_key(UserName="user0")
    for name in ("ca.pem", "leaf.pem"):
        iam.upload_signing_certificate(UserName="user0", CertificateBody=text(name))
    iam.upload_ssh_public_key(UserName="user0", SSHPublicKeyBody=text("ssh.pub"))
    iam.create_account_alias(AccountAlias="harbour")
    iam.create_open_id_connect_provider(Url="https://issuer.example.com", ThumbprintList=["a" * 40], Tags=tags)
    iam.create_saml_provider(Name="sso", SAMLMetadataDocument=metadata, Tags=tags)

    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    unit = organizations.create_organizational_unit(ParentId=root, Name="unit0")["OrganizationalUnit"]["Id"]
    for i in (1, 2):
        organizations.create_organizational_unit(ParentId=root, Name=f"unit{i}")
    organizations.tag_resource(ResourceId=unit, Tags=tags)
    accounts = []
    for i in range(2):
        request = organizations.create_account(Email=f"a{i}@example.com", AccountName=f"account{i}")
        request_id = request["CreateAccountStatus"]["Id"]
        while True:
            status = organizations.describe_create_account_status(CreateAccountRequestId=request_id)
            if status["CreateAccountStatus"]["State"] != "IN_PROGRESS":
                break
            time.sleep(0.05)
        accounts.append(status["CreateAccountStatus"]["AccountId"])
    policies = []
    for i in range(3):
        made = organizations.create_policy(
            Content=deny, Description="", Name=f"scp{i}", Type="SERVICE_CONTROL_POLICY"
        )["Policy"]["PolicySummary"]["Id"]
        policies.append(made)
        organizations.attach_policy(PolicyId=made, TargetId=unit)
    for target in (root, *accounts):
        organizations.attach_policy(PolicyId=policies[0], TargetId=target)
    for i in range(3):
        organizations.invite_account_to_organization(Target={"Id": f"{i + 1}" * 12 if i else "999999999999", "Type": "ACCOUNT"})
    for service in ("config", "guardduty", "ssm"):
        organizations.enable_aws_service_access(ServicePrincipal=f"{service}.amazonaws.com")
        for account in accounts:
            organizations.register_delegated_administrator(
                AccountId=account, ServicePrincipal=f"{service}.amazonaws.com"
            )
    return {"root": root, "unit": unit, "account": accounts[0], "scp": policies[0]}


ids = furnish()
user0, group0, role0 = ["--user-name", "user0"], ["--group-name", "group0"], ["--role-name", "role0"]
policy0 = ["--policy-arn", f"arn:aws:iam::{ACCOUNT}:policy/policy0"]
scp = ["--filter", "SERVICE_CONTROL_POLICY"]
simulation = ["--action-names", "s3:GetObject", "s3:PutObject", "s3:ListBucket"]
arguments = {
    "iam": {
        "GetGroup": group0,
        "ListAccessKeys": user0,
        "ListAttachedGroupPolicies": group0,
        "ListAttachedRolePolicies": role0,
        "ListAttachedUserPolicies": user0,
        "ListEntitiesForPolicy": policy0,
        "ListGroupPolicies": group0,
        "ListGroupsForUser": user0,
        "ListInstanceProfilesForRole": role0,
        "ListMFADevices": user0,
        "ListPolicies": ["--scope", "Local"],
        "ListPolicyVersions": policy0,
        "ListRolePolicies": role0,
        "ListSSHPublicKeys": user0,
        "ListSigningCertificates": user0,
        "ListUserPolicies": user0,
        "SimulateCustomPolicy": ["--policy-input-list", document, *simulation],
        "SimulatePrincipalPolicy": ["--policy-source-arn", f"arn:aws:iam::{ACCOUNT}:user/user0", *simulation],
        "GetAccountAuthorizationDetails": ["--filter", "User", "Role", "Group", "LocalManagedPolicy"],
        "ListUserTags": user0,
        "ListInstanceProfileTags": ["--instance-profile-name", "profile0"],
        "ListMFADeviceTags": ["--serial-number", f"arn:aws:iam::{ACCOUNT}:mfa/device0"],
        "ListOpenIDConnectProviderTags": [
            "--open-id-connect-provider-arn",
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example.com",
        ],
        "ListPolicyTags": policy0,
        "ListRoleTags": role0,
        "ListSAMLProviderTags": ["--saml-provider-arn", f"arn:aws:iam::{ACCOUNT}:saml-provider/sso"],
        "ListServerCertificateTags": ["--server-certificate-name", "certificate0"],
    },
    "organizations": {
        "ListAccountsForParent": ["--parent-id", ids["root"]],
        "ListChildren": ["--parent-id", ids["root"], "--child-type", "ORGANIZATIONAL_UNIT"],
        "ListOrganizationalUnitsForParent": ["--parent-id", ids["root"]],
        "ListParents": ["--child-id", ids["unit"]],
        "ListPolicies": scp,
        "ListPoliciesForTarget": ["--target-id", ids["unit"], *scp],
        "ListTargetsForPolicy": ["--policy-id", ids["scp"]],
        "ListDelegatedServicesForAccount": ["--account-id", ids["account"]],
        "ListTagsForResource": ["--resource-id", ids["unit"]],
    },
}
unserved = set(json.loads(sys.argv[2]))


def items(answer, keys):
    return sorted(json.dumps(item, sort_keys=True) for key in keys for item in answer.get(key) or [])


def paged(service, command, more, keys, sized):
    """Every item of a list that is taken two items at a time, one to a page, and how many times it was taken."""
    found, token, rounds = [], None, 0
    while rounds < 50:
        start = ["--starting-token", token] if token else []
        size = ["--page-size", "1"] if sized else []
        code, out = aws(service, command, *more, *size, "--max-items", "2", *start)
        if code != 0:
            return out, rounds
        answer = json.loads(out) if out.strip() else {}
        found += items(answer, keys)
        rounds += 1
        token = answer.get("NextToken")
        if token is None:
            break
    return sorted(found), rounds


def pagination(service, operation, model):
    result = model["result_key"]
    keys = result if isinstance(result, list) else [result]
    command = botocore.xform_name(operation, "-")
    more = arguments[service].get(operation, [])
    code, out = aws(service, command, *more)
    if code != 0:
        return {"whole": out, "paged": [], "rounds": 0}
    whole = items(json.loads(out), keys)
    found, rounds = paged(service, command, more, keys, "limit_key" in model)
    return {"whole": whole, "paged": found, "rounds": rounds}


session = botocore.session.get_session()
pages = {
    service: {
        operation: pagination(service, operation, model)
        for operation, model in sorted(session.get_paginator_model(service)._paginator_config.items())
        if f"{service}:{operation}" not in unserved
    }
    for service in ("iam", "organizations")
}

# A waiter that never succeeds ends after its attempts; the wait between them is nothing the test needs to live through.
time.sleep = lambda _seconds: None
there = {
    "instance-profile-exists": ["--instance-profile-name", "profile0"],
    "policy-exists": policy0,
    "role-exists": role0,
    "user-exists": user0,
}
absent = {
    "instance-profile-exists": ["--instance-profile-name", "absent"],
    "policy-exists": ["--policy-arn", f"arn:aws:iam::{ACCOUNT}:policy/absent"],
    "role-exists": ["--role-name", "absent"],
    "user-exists": ["--user-name", "absent"],
}
names = [botocore.xform_name(name, "-") for name in session.get_waiter_model("iam").waiter_names]
waiters = {
    name: [
        aws("iam", "wait", name, *there.get(name, []))[0],
        aws("iam", "wait", name, *absent.get(name, [])),
    ]
    for name in names
}
print(json.dumps({"pages": pages, "waiters": waiters}))
